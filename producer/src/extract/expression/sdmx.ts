import { isExactNumber, isObject, type ExactJson, type ExactObject } from '../exact-json.ts';
import { membersOf, objectOf } from '../member-order.ts';
import { ExpressionError } from './value.ts';

interface Component {
  id: string;
  values: readonly ExactJson[];
}

/** One record for each observation of SDMX-JSON (1.0 and 2.0): codes under the ids of the dimensions, names under `<id>.label`, `value`, then attributes. */
export function sdmxCells(message: ExactObject): ExactJson[] {
  const data = isObject(message['data']) ? message['data'] : message;
  const structure = structureOf(message, data);
  const dimensions = isObject(structure['dimensions']) ? structure['dimensions'] : {};
  const attributes = isObject(structure['attributes']) ? structure['attributes'] : {};
  const [dataset, series, observation] = ['dataSet', 'series', 'observation'].map((level) =>
    componentsOf(dimensions[level]),
  ) as [Component[], Component[], Component[]];
  const fixed = dataset.flatMap((component) => told(component, 0));
  const dataSets = data['dataSets'] ?? null;
  if (!Array.isArray(dataSets)) throw new ExpressionError('the SDMX-JSON message has no dataSets');
  const [ofSet, ofSeries, ofObservation] = ['dataSet', 'series', 'observation'].map((level) =>
    componentsOf(attributes[level]),
  ) as [Component[], Component[], Component[]];
  return dataSets.flatMap((set) => {
    if (!isObject(set)) return [];
    const around = [...fixed, ...statesOf(ofSet, set['attributes'])];
    if (!isObject(set['series']))
      return observations(set['observations'], around, observation, ofObservation);
    return membersOf(set['series']).flatMap(([key, one]) =>
      isObject(one)
        ? observations(
            one['observations'],
            [...around, ...place(series, key), ...statesOf(ofSeries, one['attributes'])],
            observation,
            ofObservation,
          )
        : [],
    );
  });
}

function structureOf(message: ExactObject, data: ExactObject): ExactObject {
  const structures = data['structures'];
  const found =
    data['structure'] ?? message['structure'] ?? (Array.isArray(structures) ? structures[0] : null);
  if (!isObject(found)) throw new ExpressionError('the SDMX-JSON message has no structure');
  return found;
}

function componentsOf(list: ExactJson | undefined): Component[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((component) =>
    isObject(component)
      ? [
          {
            id: String(component['id'] as string),
            values: Array.isArray(component['values']) ? component['values'] : [],
          },
        ]
      : [],
  );
}

/** `0:3:1` is a position in each dimension. */
function place(components: readonly Component[], key: string): [string, ExactJson][] {
  const positions = key.split(':').map(Number);
  return components.flatMap((component, at) => told(component, positions[at] ?? 0));
}

function told({ id, values }: Component, position: number): [string, ExactJson][] {
  const value = values[position] ?? null;
  if (!isObject(value)) return [[id, value]];
  const code = value['id'] ?? value['value'] ?? value['name'] ?? null;
  const name = value['name'] ?? null;
  return name === null || name === code
    ? [[id, code]]
    : [
        [id, code],
        [`${id}.label`, name],
      ];
}

function observations(
  all: ExactJson | undefined,
  around: readonly (readonly [string, ExactJson])[],
  dimensions: readonly Component[],
  attributes: readonly Component[],
): ExactJson[] {
  if (!isObject(all)) return [];
  return membersOf(all).map(([key, observed]) => {
    const [value = null, ...states] = Array.isArray(observed) ? observed : [observed];
    return objectOf([
      ...around,
      ...place(dimensions, key),
      ['value', value],
      ...statesOf(attributes, states),
    ]);
  });
}

/** Attributes by position: each the index of one of its values, or (SDMX-JSON 2) the value itself; null is none. */
function statesOf(attributes: readonly Component[], states: ExactJson | undefined): [string, ExactJson][] {
  if (!Array.isArray(states)) return [];
  return attributes.flatMap((attribute, at): [string, ExactJson][] => {
    const state = states[at] ?? null;
    if (state === null || isObject(state) || Array.isArray(state)) return [];
    return isExactNumber(state) && attribute.values.length > 0
      ? told(attribute, Number(state.rawJSON))
      : [[attribute.id, state]];
  });
}
