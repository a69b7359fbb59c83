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

const wrong = (answers: Answer[]): string[] =>
  answers.filter(({ body, records }) => proposed(body) !== records).map(({ of }) => of);

const present = existsSync(FIXTURES);

describe('proposals', () => {
  // Most bodies of the gallery hold two or three records, too few to guess by; real answers hold more.
  it('read most of the gallery as its own declarations do, and no answer makes them fail', () => {
    const answers = gallery();
    expect(wrong(answers).length).toBeLessThan(answers.length / 2.7);
  });
});

(present ? describe : describe.skip)('proposals for recorded answers (../shared/fixtures)', () => {
  it('read all of them', () => {
    expect(wrong(recorded())).toEqual([]);
  });
});
