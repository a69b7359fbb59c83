import { describe, expect, it } from '@jest/globals';
import pc from 'picocolors';
import { problemsOf, succeeded, summaryLine, type FeedOutcome } from './summary.ts';

const outcome: FeedOutcome = {
  feed: 'markets.sp500-daily',
  expected: 10,
  published: 10,
  landed: 10,
  uploaded: 10,
  audited: 'ok',
  analysed: 'ok',
  findings: [],
};

describe('the summary', () => {
  it('is one line that scripts can read', () => {
    expect(summaryLine(outcome, pc.createColors(false))).toBe(
      'markets.sp500-daily published=10 landed=10 uploaded=10 audited=ok analysed=ok',
    );
    expect(succeeded(outcome)).toBe(true);
  });

  it.each([
    [{ published: 11 }, /showed 10 records, published are 11/],
    [{ uploaded: 9 }, /uploaded are 9/],
    [{ audited: 'gap at 7' }, /audit failed: gap at 7/],
    [{ analysed: 'TIMEDOUT' }, /analysis failed: TIMEDOUT/],
  ])('is no success with %j, and says why', (change, message) => {
    const bad = { ...outcome, ...change };
    expect(succeeded(bad)).toBe(false);
    expect(problemsOf(bad).join()).toMatch(message);
  });
});
