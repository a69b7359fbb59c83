import { describe, expect, it } from '@jest/globals';
import { pageBounds } from './page-bounds.ts';

const MIB = 1024 * 1024;

describe('the largest page', () => {
  it.each<[string, number | undefined, ReturnType<typeof pageBounds>]>([
    ['as the operator deploys it', 384 * MIB, { bytes: 12 * MIB, records: 98_304 }],
    ['with little memory', 16 * MIB, { bytes: MIB, records: 10_000 }],
    ['with much', 1024 * 1024 * MIB, { bytes: 64 * MIB, records: 1_000_000 }],
    ['without a limit, as one kernel says it', 0, { bytes: 64 * MIB, records: 1_000_000 }],
    ['without a limit, as another does', 2 ** 63, { bytes: 64 * MIB, records: 1_000_000 }],
    ['where nobody knows', undefined, { bytes: 64 * MIB, records: 1_000_000 }],
  ])('%s', (_where, memory, bounds) => {
    expect(pageBounds(memory)).toEqual(bounds);
  });
});
