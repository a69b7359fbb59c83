/** The gallery of docs/shapes: what a user declares for an answer, and the records that come of it. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { extractedByDeclaration } from '../testing/catalogue.ts';

interface Shape {
  shape: string;
  http?: object;
  columns: object[];
  body: string;
  /** How many. */
  records?: number;
  first?: Record<string, string | null>;
  last?: Record<string, string | null>;
  /** Code of the error that the answer is. */
  refused?: string;
}

const GALLERY = new URL('../../../docs/shapes/', import.meta.url);

function outcome({ http = {}, columns, body, first, last, refused }: Shape): object {
  try {
    const records = extractedByDeclaration({ http, columns, body });
    const told = (
      record: Record<string, string | null> | undefined,
      wanted: Record<string, string | null> | undefined,
    ): object | undefined =>
      wanted === undefined
        ? undefined
        : Object.fromEntries(Object.keys(wanted).map((name) => [name, record?.[name]]));
    return { records: records.length, first: told(records[0], first), last: told(records.at(-1), last) };
  } catch (error) {
    if (refused === undefined) throw error;
    return { refused: (error as { code?: string }).code };
  }
}

describe.each(readdirSync(GALLERY))('docs/shapes/%s', (file) => {
  const shapes = parse(readFileSync(new URL(file, GALLERY), 'utf8')) as Shape[];

  it.each(shapes.map((shape) => [shape.shape, shape] as const))('%s', (_name, shape) => {
    const { records, first, last, refused } = shape;
    expect(outcome(shape)).toEqual(refused === undefined ? { records, first, last } : { refused });
  });
});
