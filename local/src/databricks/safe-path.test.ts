import { describe, expect, it } from '@jest/globals';
import { decodeSegments, safeSegments } from './safe-path.ts';

describe('a path of the API', () => {
  it('is split and decoded', () => {
    expect(decodeSegments('/Volumes/a/b%20c/%C3%BC.csv')).toEqual(['Volumes', 'a', 'b c', 'ü.csv']);
    expect(safeSegments('/Shared/x/')).toEqual(['Shared', 'x']);
  });

  it.each(['/a/../b', '/a/%2e%2e/b', '/a/%2E%2E%2Fb', '/a//b', '/a/./b', '/a/b%00', '/a/..%5cb', '/a/%zz'])(
    '%s is refused',
    (path) => {
      expect(() => decodeSegments(path)).toThrow(/Path/);
    },
  );
});
