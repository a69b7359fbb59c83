import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Backoff, backoffMs } from './backoff.ts';

const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('back-off', () => {
  it('doubles from 5 ms to 1000 s, as client-go does', () => {
    const backoff = new Backoff({ baseMs: 5, maxMs: 1_000_000 }, () => 0);
    const waits = Array.from({ length: 20 }, () => backoff.next());
    expect(waits.slice(0, 5)).toEqual([5, 10, 20, 40, 80]);
    expect(waits.slice(-2)).toEqual([1_000_000, 1_000_000]);
  });

  it('stays within base and maximum, never shrinks without jitter, and jitter only takes its share off', () => {
    fc.assert(
      fc.property(
        fc.nat(5_000),
        fc.integer({ min: 1, max: 10_000 }),
        unit,
        unit,
        (failures, base, jitter, random) => {
          const options = { baseMs: base, maxMs: base * 1_000 };
          const plain = backoffMs(failures, options, () => 0);
          expect(plain).toBeGreaterThanOrEqual(base);
          expect(plain).toBeLessThanOrEqual(base * 1_000);
          expect(backoffMs(failures + 1, options, () => 0)).toBeGreaterThanOrEqual(plain);
          const jittered = backoffMs(failures, { ...options, jitter }, () => random);
          expect(jittered).toBeLessThanOrEqual(plain);
          expect(jittered).toBeGreaterThanOrEqual(plain * (1 - jitter) - 1e-6);
        },
      ),
    );
  });

  it('starts over after a reset', () => {
    const backoff = new Backoff({ baseMs: 100, maxMs: 1_000 }, () => 0);
    backoff.next();
    backoff.next();
    backoff.reset();
    expect(backoff.next()).toBe(100);
  });
});
