/** Answers that real APIs gave, each read by a feed of the catalogue. They lie beside the repository, not in it. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { resolveColumns } from '@tributary/api';
import { catalogueSpec, extractedBy } from '../testing/catalogue.ts';
import { RECORDED, type Recorded } from '../testing/recorded-answers.ts';

const FIXTURES = new URL('../../../../shared/fixtures/', import.meta.url);
const present = existsSync(FIXTURES);

type Fields = Record<string, unknown>;
interface Expected {
  count: number;
  first: Fields | null;
  last: Fields | null;
}

const expectations = present
  ? (JSON.parse(readFileSync(new URL('EXPECT.json', FIXTURES), 'utf8')) as Record<string, Expected>)
  : {};

/** Everything that is compared of one answer: refused, or the count with the first and last record. */
interface Outcome {
  refused?: string | undefined;
  count: number;
  first?: Fields;
  last?: Fields;
  firstTime?: string;
}

function outcomeOf(file: string, recorded: Recorded, { first, last }: Expected): Outcome {
  try {
    const records = extractedBy(recorded.feed, readFileSync(new URL(file, FIXTURES)), recorded.contentType);
    if (first === null || last === null) return { count: records.length };
    return {
      count: records.length,
      first: told(records[0]!.cells, first, recorded),
      last: told(records.at(-1)!.cells, last, recorded),
      ...(recorded.firstTime === undefined ? {} : { firstTime: records[0]!.eventTime }),
    };
  } catch (error) {
    if (recorded.refused === undefined) throw error;
    return { refused: (error as { code?: string }).code, count: 0 };
  }
}

function outcomeWanted(recorded: Recorded, { count, first, last }: Expected): Outcome {
  if (recorded.refused !== undefined) return { refused: recorded.refused, count };
  if (first === null || last === null) return { count };
  return {
    count,
    first: wanted(first, recorded),
    last: wanted(last, recorded),
    ...(recorded.firstTime === undefined ? {} : { firstTime: recorded.firstTime }),
  };
}

/** The cell of each field of an expectation; nested values as values, their numbers as text. */
function told(cells: Record<string, string | null>, expected: Fields, recorded: Recorded): Fields {
  return byField(expected, recorded, (field, value) => {
    const cell = cells[columnOf(field, recorded)];
    if (cell === undefined) return `no cell; there are ${Object.keys(cells).join(', ')}`;
    return typeof value === 'object' && cell !== null ? asTexts(cell) : cell;
  });
}

/** What each cell must hold for the raw text of a field, given what the feed declares of it. */
function wanted(expected: Fields, recorded: Recorded): Fields {
  const spec = catalogueSpec(recorded.feed);
  return byField(expected, recorded, (field, value) => {
    if (typeof value === 'boolean') return String(value);
    if (typeof value !== 'string') return value;
    const column = resolveColumns(spec).find(({ name }) => name === columnOf(field, recorded));
    const nulls = [...(spec.source.http?.nulls ?? NULLS_OF_ALPHA_VANTAGE), ...(column?.nulls ?? [])];
    if (nulls.includes(value)) return null;
    const affixes = column?.number?.affixes ?? [];
    const bare = affixes.reduce((rest, affix) => rest.replace(affix, ''), value);
    return column?.number?.decimal === ',' ? bare.replace(',', '.') : bare;
  });
}

const NULLS_OF_ALPHA_VANTAGE = ['None', '.', '-'];

function byField(
  expected: Fields,
  { fields }: Recorded,
  of: (field: string, value: unknown) => unknown,
): Fields {
  const told = Object.entries(expected).filter(([field]) => fields?.[field] !== null);
  return Object.fromEntries(told.map(([field, value]) => [field, of(field, value)]));
}

/** A column of that name or path, else the undeclared member. */
function columnOf(field: string, { feed, fields }: Recorded): string {
  const columns = resolveColumns(catalogueSpec(feed));
  return fields?.[field] ?? columns.find(({ name, path = name }) => path === field)?.name ?? field;
}

const asTexts = (cell: string): unknown =>
  JSON.parse(cell, (_key, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' ? context?.source : value,
  );

(present ? describe : describe.skip)('recorded answers (../shared/fixtures)', () => {
  it('are all spoken for', () => {
    expect(Object.keys(RECORDED).sort()).toEqual(Object.keys(expectations).sort());
  });

  it.each(Object.entries(RECORDED))('%s', (file, recorded) => {
    const expected = expectations[file]!;
    expect(outcomeOf(file, recorded, expected)).toEqual(outcomeWanted(recorded, expected));
  });
});
