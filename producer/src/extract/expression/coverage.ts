import { isObject, type ExactJson, type ExactObject } from '../exact-json.ts';
import { membersOf, objectOf } from '../member-order.ts';
import { computed, ExpressionError, numberOf } from './value.ts';

/** Coordinates are made where they are asked for: a hundred bytes can name a million of them. */
interface Coordinates {
  length: number;
  at: (index: number) => ExactJson;
}

type Axis = readonly [name: string, coordinates: Coordinates];

const NONE: Coordinates = { length: 0, at: () => null };

export const MOST_CELLS = 1_000_000;

/** One record for each point of CoverageJSON: the coordinate of each axis under its name, the value of each parameter under its own. */
export function coverageCells(data: ExactObject): ExactJson[] {
  const coverages = data['coverages'];
  if (Array.isArray(coverages))
    return coverages.flatMap((coverage) => (isObject(coverage) ? pointsOf(coverage) : []));
  return pointsOf(data);
}

function pointsOf({ domain, ranges, id }: ExactObject): ExactJson[] {
  const axes = isObject(domain) && isObject(domain['axes']) ? domain['axes'] : undefined;
  if (axes === undefined || !isObject(ranges))
    throw new ExpressionError('the coverage needs domain.axes and ranges within it');
  const named = new Map(membersOf(axes).map(([name, axis]) => [name, coordinatesOf(name, axis)]));
  const points = new Map<string, [string, ExactJson][]>();
  const around: [string, ExactJson][] = typeof id === 'string' ? [['id', id]] : [];
  for (const [parameter, range] of membersOf(ranges)) {
    if (!isObject(range) || !Array.isArray(range['values'])) continue;
    const order = Array.isArray(range['axisNames']) ? range['axisNames'].map(String) : [];
    const own = order.map((name): Axis => [name, named.get(name) ?? NONE]);
    const others = [...named].filter(([name, { length }]) => !order.includes(name) && length === 1);
    if (own.reduce((product, [, { length }]) => product * length, 1) > MOST_CELLS)
      throw new ExpressionError(`the coverage has more than ${MOST_CELLS} points; ask for fewer`);
    for (const [index, value] of range['values'].entries()) {
      const place = [
        ...others.map(([name, only]): [string, ExactJson] => [name, only.at(0)]),
        ...placeOf(own, index),
      ];
      const key = JSON.stringify(place.toSorted(([a], [b]) => (a < b ? -1 : 1)));
      const point = points.get(key) ?? [...around, ...place];
      points.set(key, point);
      point.push([parameter, value]);
    }
  }
  return [...points.values()].map((point) => objectOf(point));
}

/** Values as a list, or as so many between a first and a last; tuples of a composite axis stay together. */
function coordinatesOf(name: string, axis: ExactJson): Coordinates {
  const values = isObject(axis) ? axis['values'] : undefined;
  if (Array.isArray(values)) return { length: values.length, at: (index) => values[index] ?? null };
  const [start, stop, count] = isObject(axis)
    ? [axis['start'], axis['stop'], axis['num']].map((part) => numberOf(part ?? null))
    : [];
  if (start === undefined || stop === undefined || count === undefined)
    throw new ExpressionError(`the axis ${name} of the coverage has neither values nor start, stop and num`);
  if (!Number.isInteger(count) || count < 0 || count > MOST_CELLS)
    throw new ExpressionError(
      `the axis ${name} of the coverage has ${count} coordinates, and at most ${MOST_CELLS} are taken`,
    );
  return {
    length: count,
    at: (index) => computed(count < 2 ? start : start + ((stop - start) * index) / (count - 1)),
  };
}

/** The last axis varies fastest. */
function placeOf(axes: readonly Axis[], index: number): [string, ExactJson][] {
  let rest = index;
  return axes
    .toReversed()
    .map(([name, { length, at }]): [string, ExactJson] => {
      const place = length === 0 ? 0 : rest % length;
      rest = Math.floor(rest / Math.max(1, length));
      return [name, at(place)];
    })
    .reverse();
}
