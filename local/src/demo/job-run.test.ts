import { describe, expect, it } from '@jest/globals';
import { parseFindings } from './job-run.ts';

describe('what a notebook returns', () => {
  it('may hold findings for people', () => {
    expect(parseFindings('{"rows": 3, "findings": ["It rains"]}')).toEqual(['It rains']);
  });

  it.each([['{"rows": 3}'], ['not JSON'], [''], ['{"findings": "one"}'], ['[]']])(
    'holds none in %j, which is its own affair',
    (result) => {
      expect(parseFindings(result)).toEqual([]);
    },
  );
});
