/** How many answers are proposed right: by the number of records that the proposal's own preview reads. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parseStreamSource } from '@tributary/api';
import { bodyText, previewBody } from '@tributary/producer';
import { SecretFolder, SecretRegistry } from '@tributary/runtime';
import { parse } from 'yaml';
import { CliError } from '../output/cli-error.ts';
import { propose } from './proposal.ts';

const GALLERY = new URL('../../../docs/shapes/', import.meta.url);
const FIXTURES = new URL('../../../../shared/fixtures/', import.meta.url);
const NAMED = { name: 'proposed', namespace: 'default', url: 'https://api.example.com/v1/data' };

/** Records of the proposal; none where the answer is refused. */
function proposed(body: string): number {
  let yaml: string;
  try {
    yaml = propose(body, NAMED);
  } catch (error) {
    if (error instanceof CliError || (error as Error).name === 'BodySyntaxError') return 0;
    throw error;
  }
  const parsed = parseStreamSource(parse(yaml));
  if (!parsed.ok) return -1;
  return previewBody(parsed.value.spec, body, new SecretFolder('/nowhere', new SecretRegistry())).records
    .length;
}

interface Answer {
  of: string;
  body: string;
  records: number;
}

function gallery(): Answer[] {
  return readdirSync(GALLERY).flatMap((file) => {
    const shapes = parse(readFileSync(new URL(file, GALLERY), 'utf8')) as {
      shape: string;
      body: string;
      records?: number;
    }[];
    return shapes.map(({ shape, body, records = 0 }) => ({ of: shape, body, records }));
  });
}

function recorded(): Answer[] {
  const expected = JSON.parse(readFileSync(new URL('EXPECT.json', FIXTURES), 'utf8')) as Record<
    string,
    { count: number }
  >;
  return Object.entries(expected).map(([file, { count }]) => ({
    of: file,
    body: bodyText(readFileSync(new URL(file, FIXTURES)), {}),
    records: count,
  }));
}

/**
 * Answers of the gallery that a proposal reads otherwise than their declaration does: most hold two or three records, too
 * few to guess by, or only some of them are wanted. Whoever makes one right takes its line away.
 */
const KNOWN_WRONG: readonly string[] = [
  'a year of a bar table, amounts within the names of its columns',
  'quoted cells with semicolons behind a preamble and a blank line',
  'observations with a member a series, each an object',
  'XML with the date in another order at the root, empty elements',
  'quotes in two currencies, their names in keys such as USDEUR',
  'line protocol: tags and fields as pairs in a line, nanoseconds',
  'messages in envelopes, of which one kind holds records',
  'a line of an action and a line of the document',
  'segments with bars, components with carets',
  'the same without data',
  'rates of one day, the time once for all',
  'several symbols, each with several parts',
  'states of positions, null where there are none',
  'nothing found is an object without its list',
  'JSON for a browser (JSONP)',
  'dimensions and metrics in lists, their headers apart',
  'quarters and years in one column, notes above, one series wanted',
  'a list of messages of which one kind counts',
  'records as text sequences, a separator before each',
  'a map by time within the properties of a feature',
  'events of a calendar',
  'blocks of names and values, a blank line between',
  'two header lines with merged cells, a record a column',
  'a column a half hour',
  'JSON:API, attributes here and what they refer to elsewhere',
  'lines of metrics for people and machines',
  'positions of vehicles, times as text of seconds',
  'a tree of unknown depth',
  'any figure of a nested state',
  'names and values of fields as pairs',
  'long observations, wanted wide',
  'members by chance of name, with some that are no records',
  'JSON as text in JSON, encoded',
  'JSON as a text',
  'blocks of lines, a value a line',
  'an empty answer that is a success',
  'an error where records should be',
  'PX-Web, keys and values in two lists of each row',
  'TSV of Eurostat, keys joined in the first cell, flags behind the values',
  'months as columns, one line of title, stars for what is missing',
  'a block a frequency, header lines with an empty first cell',
  'names over two lines, merged cells, a column a country and measure',
  'a row a year, a column a month, a number for what is missing',
  'a member a region within each period',
  'tables of several kinds in one CSV, each line with its kind',
  'a spreadsheet for the web: cells in cells, months counted from 0',
  'maps by parameter, then by hour; the word for missing values in the body',
  'points with position and resolution, the begin of the period around them',
  'the same with a document that says there is nothing',
  'fixed columns, no delimiter',
  'a first time and a step for a list of values',
];

const wrong = (answers: Answer[]): string[] =>
  answers.filter(({ body, records }) => proposed(body) !== records).map(({ of }) => of);

const present = existsSync(FIXTURES);

describe('proposals', () => {
  it('read the gallery as its own declarations do but for what is known, and no answer makes them fail', () => {
    const answers = gallery();
    expect(answers.length).toBeGreaterThan(100);
    expect(wrong(answers)).toEqual(KNOWN_WRONG);
  });
});

(present ? describe : describe.skip)('proposals for recorded answers (../shared/fixtures)', () => {
  it('read all of them', () => {
    expect(wrong(recorded())).toEqual([]);
  });
});
