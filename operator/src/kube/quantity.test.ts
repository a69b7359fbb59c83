import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseQuantity, sameQuantity } from './quantity.ts';

describe('quantities', () => {
  it.each([
    ['1000m', '1'],
    ['0.5', '500m'],
    ['1Gi', '1024Mi'],
    ['1.5Gi', '1536Mi'],
    ['1e3', '1k'],
    [2, '2'],
    ['.5', '0.50'],
    ['1E', '1000P'],
    ['-1', '-1000m'],
  ])('%s is %s', (a, b) => expect(sameQuantity(a, b)).toBe(true));

  it.each([
    ['1G', '1Gi'],
    ['100m', '100M'],
    ['abc', 'abc'],
    ['', ''],
    ['1 Gi', '1Gi'],
  ])('%s is not %s, or neither is a quantity', (a, b) => expect(sameQuantity(a, b)).toBe(false));

  it('keeps every digit, where a double would round', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 62n }), (n) => {
        expect(parseQuantity(String(n))).toBe(n * 10n ** 9n);
        expect(sameQuantity(String(n), String(n + 1n))).toBe(false);
        expect(sameQuantity(`${n}Ki`, String(n * 1024n))).toBe(true);
      }),
    );
  });
});
