import { describe, expect, it } from '@jest/globals';
import type { Column } from '@tributary/api';
import { laterCursor } from './cursor.ts';

const column: Column = { name: 'c', role: 'dimension', type: 'string' };

describe('the cursor', () => {
  it.each([
    ['9007199254740993', '9007199254740992', '9007199254740993'],
    ['9', '10', '10'],
    ['1.5', '1.25', '1.5'],
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00+01:00', '2026-01-01T00:00:00Z'],
    ['2026-01-02', '2026-01-10', '2026-01-10'],
    ['b', 'abc', 'b'],
  ])('of %s and %s is %s', (a, b, later) => {
    expect([laterCursor(column, a, b), laterCursor(column, b, a)]).toEqual([later, later]);
  });

  it('is the one there is', () => {
    expect([
      laterCursor(column, undefined, 'x'),
      laterCursor(column, 'x', undefined),
      laterCursor(column, undefined, undefined),
    ]).toEqual(['x', 'x', undefined]);
  });
});
