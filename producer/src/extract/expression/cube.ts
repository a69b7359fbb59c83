import { isExactNumber, isObject, type ExactJson, type ExactObject } from '../exact-json.ts';
import { membersOf, namesOf, objectOf } from '../member-order.ts';
import { coverageCells, MOST_CELLS } from './coverage.ts';
import { sdmxCells } from './sdmx.ts';
import { ExpressionError, numberOf } from './value.ts';

interface Dimension {
  id: string;
  /** Code and label of each position. */
  categories: { code: string; label: ExactJson }[];
  labelled: boolean;
}

/**
 * One record for each cell of a data cube: the code of each dimension under its id, its label under `<id>.label` where
 * the cube has labels, then `value` and `status`. Reads JSON-stat (1 and 2), SDMX-JSON and CoverageJSON.
 */
export function cubeCells(data: ExactObject): ExactJson[] {
  if (isObject(data['ranges']) || Array.isArray(data['coverages'])) return coverageCells(data);
  if (isObject(data['structure']) || isObject(data['data']) || Array.isArray(data['dataSets']))
    return sdmxCells(data);
  const dataset = isObject(data['dataset']) ? data['dataset'] : data;
  const dimensions = dimensionsOf(dataset);
  const sizes = dimensions.map(({ categories }) => categories.length);
  const cells = sizes.reduce((product, size) => product * size, 1);
  if (cells > MOST_CELLS) throw new ExpressionError(`the cube has ${cells} cells; ask for fewer`);
  const [values, status] = [dataset['value'] ?? null, dataset['status'] ?? null];
  const records: ExactJson[] = [];
  for (let index = 0; index < cells; index += 1) {
    const value = cellAt(values, index);
    if (value === undefined) continue;
    // One text stands for all cells.
    const state = typeof status === 'string' ? status : cellAt(status, index);
    records.push(
      objectOf([
        ...coordinates(dimensions, sizes, index),
        ['value', value],
        ...(state === undefined || state === null ? [] : [['status', state] as const]),
      ]),
    );
  }
  return records;
}

function dimensionsOf(dataset: ExactObject): Dimension[] {
  const dimension = dataset['dimension'];
  if (!isObject(dimension))
    throw new ExpressionError(
      'cube() takes a JSON-stat dataset, SDMX-JSON or CoverageJSON; this has no dimension',
    );
  const ids = dataset['id'] ?? dimension['id'] ?? null;
  if (!Array.isArray(ids)) throw new ExpressionError('the cube names no dimensions in id');
  return ids.map((id) => {
    const text = String(id as string);
    const found = Object.hasOwn(dimension, text) ? dimension[text] : undefined;
    const category = isObject(found) && isObject(found['category']) ? found['category'] : undefined;
    if (category === undefined)
      throw new ExpressionError(`the cube has no categories for its dimension ${text}`);
    const labels = isObject(category['label']) ? category['label'] : undefined;
    return {
      id: text,
      labelled: labels !== undefined,
      categories: codesOf(category).map((code) => ({ code, label: labelOf(labels, code) })),
    };
  });
}

/** Codes are the API's: one may be named as what every object has. */
function labelOf(labels: ExactObject | undefined, code: string): ExactJson {
  return labels !== undefined && Object.hasOwn(labels, code) ? (labels[code] ?? null) : null;
}

/** Codes by position: a list, a map from code to position, or the labels' own order where there is one only. */
function codesOf(category: ExactObject): string[] {
  const index = category['index'] ?? null;
  if (Array.isArray(index))
    return index.map((code) => (isExactNumber(code) ? code.rawJSON : String(code as string)));
  if (isObject(index))
    return membersOf(index)
      .sort(([, a], [, b]) => (numberOf(a) ?? 0) - (numberOf(b) ?? 0))
      .map(([code]) => code);
  return isObject(category['label']) ? [...namesOf(category['label'])] : [];
}

/** Undefined where a sparse cube has no such cell. */
function cellAt(values: ExactJson, index: number): ExactJson | undefined {
  if (Array.isArray(values)) return values[index];
  if (isObject(values)) return Object.hasOwn(values, String(index)) ? values[String(index)] : undefined;
  return undefined;
}

/** The last dimension varies fastest. */
function coordinates(
  dimensions: readonly Dimension[],
  sizes: readonly number[],
  index: number,
): [string, ExactJson][] {
  let rest = index;
  const positions: number[] = [];
  for (let at = sizes.length - 1; at >= 0; at -= 1) {
    const size = sizes[at] ?? 1;
    positions[at] = rest % size;
    rest = Math.floor(rest / size);
  }
  return dimensions.flatMap(({ id, categories, labelled }, at): [string, ExactJson][] => {
    const category = categories[positions[at] ?? 0];
    const code: [string, ExactJson] = [id, category?.code ?? null];
    return labelled ? [code, [`${id}.label`, category?.label ?? null]] : [code];
  });
}
