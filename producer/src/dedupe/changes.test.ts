import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Column } from '@tributary/api';
import { parseExactJson } from '../extract/parse-exact-json.ts';
import { digest } from '../extract/digest.ts';
import { RecordShape } from '../extract/record.ts';
import { applyTo, changesOf, type Change, type PageContext } from './changes.ts';
import { readPage } from '../read/read-page.ts';
import { FeedState } from './feed-state.ts';

const columns: Column[] = [
  { name: 'id', role: 'key', type: 'string' },
  { name: 'time', role: 'time', type: 'timestamp' },
];
const shape = new RecordShape(columns);
const context: PageContext = {
  topic: 'records',
  stateTopic: 'state',
  deadLetterTopic: 'dlq',
  poll: 'p',
  observedAt: '2026-01-01T00:00:00.000Z',
  generation: 1,
  snapshot: false,
  redact: (text) => text,
};

type Row = { id: string; day: number; value: string };
const row = fc.record({
  id: fc.constantFrom('a', 'b'),
  day: fc.integer({ min: 1, max: 3 }),
  value: fc.constantFrom('1.0', '1.00', '"1"', 'null'),
});
const bodyOf = (rows: readonly Row[]) =>
  rows.map(({ id, day, value }) =>
    parseExactJson(`{"id":"${id}","time":"2026-01-0${day}","value":${value}}`),
  );
const published = (changes: readonly Change[]) =>
  changes.flatMap(({ outgoing }) => [...outgoing]).filter(({ topic }) => topic === 'records');

describe('what a page changes', () => {
  it('is, poll after poll and crash after crash, what differs from the last published of each record', () => {
    const polls = fc.array(
      fc.tuple(
        fc.array(row, { maxLength: 8 }),
        fc.constantFrom('committed', 'crashed before', 'crashed after'),
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(polls, (history) => {
        const state = new FeedState();
        const topic: { identity: string; value: string | null }[] = [];
        for (const [rows, fate] of history) {
          const changes = changesOf(readPage(bodyOf(rows), shape, {}), state, context);
          if (fate === 'crashed before') continue;
          // Records and memory go into one transaction, so a crash after it leaves both.
          for (const { key, headers, value } of published(changes))
            topic.push({ identity: digest(key ?? '', headers?.['event_time'] ?? ''), value });
          applyTo(state, changes);
          const last = new Map(
            [...readPage(bodyOf(rows), shape, {}).records].map(({ identity, value }) => [identity, value]),
          );
          for (const [identity, value] of last)
            expect(topic.findLast((it) => it.identity === identity)?.value).toBe(value);
        }
        for (const [, states] of Map.groupBy(topic, ({ identity }) => identity))
          expect(states.every(({ value }, index) => value !== states[index - 1]?.value)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('comes oldest first, whatever the order of the page', () => {
    const page = readPage(
      bodyOf([
        { id: 'a', day: 3, value: '1' },
        { id: 'a', day: 1, value: '2' },
        { id: 'b', day: 2, value: '3' },
      ]),
      shape,
      {},
    );
    expect(
      published(changesOf(page, new FeedState(), context)).map(({ headers }) =>
        headers?.['event_time']?.slice(0, 10),
      ),
    ).toEqual(['2026-01-01', '2026-01-02', '2026-01-03']);
  });

  it('is refused where its records have more characters together than the pod has memory for', () => {
    const around = 'x'.repeat(1_000);
    const records = Array.from({ length: 100 }, (_, id) =>
      parseExactJson(`{"id":"${id}","time":"2026-01-01","around":"${around}"}`),
    );
    const letters = records.map(() => parseExactJson(`{"around":"${around}"}`));
    for (const page of [records, letters])
      expect(() => readPage(page, shape, {}, { mostChars: 50_000 })).toThrow(
        expect.objectContaining({
          code: 'ResponseTooLarge',
          message: expect.stringMatching(/more than 50000 characters together/),
        }),
      );
    expect(readPage(records, shape, {}, { mostChars: 200_000 }).records).toHaveLength(100);
  });

  it('keeps a dead letter within bounds and without secrets', () => {
    const raw = [parseExactJson(`{"time":"2026-01-01","note":"SECRET ${'x'.repeat(100_000)}"}`)];
    const [letter] = changesOf(readPage(raw, shape, {}), new FeedState(), {
      ...context,
      redact: (text) => text.replaceAll('SECRET', '[redacted]'),
    });
    const [outgoing] = letter?.outgoing ?? [];
    expect(outgoing).toMatchObject({
      topic: 'dlq',
      headers: { reason: 'key column id is missing', poll: 'p' },
    });
    expect(outgoing?.value?.length).toBe(65_536);
    expect(outgoing?.value).toContain('[redacted]');
  });
});
