import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { delayBeforeRetry, retryAfterMs } from './retry-policy.ts';

const NOW = Date.parse('2026-11-25T10:00:00Z');

describe('Retry-After', () => {
  it.each([
    ['7', 7_000],
    [' 0.5 ', 500],
    ['0', 0],
    ['Wed, 25 Nov 2026 10:00:30 GMT', 30_000],
    ['Wed, 25 Nov 2026 09:00:00 GMT', 0],
    ['999999999999', 3_600_000],
    ['Fri, 31 Dec 2999 00:00:00 GMT', 3_600_000],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%j is %s ms', (header, expected) => {
    expect(retryAfterMs(header, NOW)).toBe(expected);
  });

  it('is never longer than an hour nor negative, whatever is sent', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.nat().map(String),
          fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
        ),
        (header) => {
          const asked = retryAfterMs(header, NOW);
          expect(asked === undefined || (asked >= 0 && asked <= 3_600_000)).toBe(true);
        },
      ),
    );
  });
});

it('waits grow, are bounded, and are as long as asked for at least', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      fc.nat(3_600_000),
      (attempt, random, asked) => {
        const own = delayBeforeRetry(attempt, undefined, () => random);
        expect(own >= 500 && own <= 31_000).toBe(true);
        const told = delayBeforeRetry(attempt, asked, () => random);
        expect(told >= asked && told <= asked + 1_000).toBe(true);
      },
    ),
  );
});
