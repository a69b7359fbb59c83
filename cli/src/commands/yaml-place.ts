import { isMap, isScalar, isSeq, type Document, type LineCounter, type Node } from 'yaml';

/** Where something is in a file, counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** The steps of a field's path: `spec.columns[2].zone` is `['spec', 'columns', 2, 'zone']`. */
export function pathSteps(field: string): (string | number)[] {
  return [...field.matchAll(/\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|([^.[\]]+)/g)].map(
    ([, index, quoted, name]) => (index === undefined ? (quoted ?? name ?? '') : Number(index)),
  );
}

/** Where a field is written; where it is not, the nearest field above it that is. */
export function placeOf(document: Document, field: string, lines: LineCounter): Place {
  let node: unknown = document.contents;
  let offset = startOf(node);
  for (const step of pathSteps(field)) {
    const next = childOf(node, step);
    if (next === undefined) break;
    node = next.value;
    offset = next.offset ?? offset;
  }
  const { line, col } = lines.linePos(offset ?? 0);
  return { line, column: col };
}

/** The member's value, and where the member begins: a map's member at its name. */
function childOf(
  node: unknown,
  step: string | number,
): { value: unknown; offset: number | undefined } | undefined {
  if (isSeq(node) && typeof step === 'number') {
    const value = node.items[step];
    return value === undefined ? undefined : { value, offset: startOf(value) };
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
  return pair === undefined ? undefined : { value: pair.value, offset: startOf(pair.key) };
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null)?.range?.[0];
}
