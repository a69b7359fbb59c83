import { describe, expect, it } from '@jest/globals';
import pc from 'picocolors';
import { feedLine, feedTable } from './feed-table.ts';
import type { FeedView } from './feed-view.ts';

const colour = pc.createColors(false);
const view: FeedView = {
  namespace: 'air',
  name: 'weather',
  suspended: false,
  ready: true,
  stalled: false,
  trouble: '',
  published: 26115,
  landed: 26000,
  uploaded: 9,
  lag: 115,
  lastPoll: { at: 1_000, result: 'Published' },
  job: { id: '1' },
  lastRun: 'SUCCESS',
};

describe('the table of feeds', () => {
  it('lines its columns up, numbers to the right', () => {
    const young: FeedView = {
      ...view,
      name: 'w',
      ready: false,
      published: 0,
      lag: undefined,
      lastRun: undefined,
    };
    const shown = feedTable([view, { ...young, lastPoll: undefined, trouble: 'waits for Kafka' }], {
      now: 4_000,
      width: 200,
      colour,
    });
    expect(shown).toEqual([
      'FEED         READY    LAST POLL          PUBLISHED  LANDED  UPLOADED  LAG  LAST RUN',
      'air/weather  ready    Published 3 s ago      26115   26000         9  115  SUCCESS',
      'air/w        waiting  –                          0   26000         9    –  –',
      'air/w: waits for Kafka',
    ]);
  });

  it('is never wider than the terminal', () => {
    const shown = feedTable([{ ...view, trouble: 'x'.repeat(300) }], { now: 0, width: 40, colour });
    expect(shown.every((line) => line.length <= 40)).toBe(true);
  });

  it('tells suspended and stalled feeds apart', () => {
    expect(feedLine({ ...view, suspended: true })).toContain('air/weather suspended published=26115');
    expect(feedLine({ ...view, stalled: true, trouble: 'no key' })).toMatch(/stalled .*\(no key\)$/);
  });
});
