import { describe, expect, it } from '@jest/globals';
import { HEADERS } from '@tributary/api';
import { observedAt } from './row.ts';

const recordOf = (said: string | undefined, timestamp = Date.parse('2026-03-04T05:06:07.890Z')) => ({
  partition: 0,
  offset: 0n,
  timestamp,
  key: null,
  value: null,
  headers: new Map(said === undefined ? [] : [[HEADERS.observedAt, said]]),
});

describe('when a record was seen', () => {
  it.each(['2026-01-02T03:04:05.678Z', '2026-01-02T03:04:05-05:00'])(
    'is what the producer said: %s',
    (said) => {
      expect(observedAt(recordOf(said))).toBe(said);
    },
  );

  it.each([
    undefined,
    '',
    'yesterday',
    '2026-13-45T00:00:00Z',
    '2026-01-02Tnoon',
    '9999-12-31T23:59:59-05:00',
  ])('is the time of the broker where a stranger said %j', (said) => {
    expect(observedAt(recordOf(said))).toBe('2026-03-04T05:06:07.890Z');
  });

  it.each([-1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])(
    'has a date though the broker was told %d by a stranger',
    (timestamp) => {
      expect(observedAt(recordOf(undefined, timestamp))).toMatch(/^\d{4}-\d{2}-\d{2}T/);
    },
  );
});
