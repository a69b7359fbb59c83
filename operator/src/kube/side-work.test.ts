import { expect, it } from '@jest/globals';
import { systemClock } from './clock.ts';
import { silentLog } from './log.ts';
import { noMetrics } from './metrics.ts';
import { SideWork } from './side-work.ts';

it('tells of a key that is given up whether work on it is still under way, and reports nothing of it afterwards', async () => {
  const begun = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  const news: string[] = [];
  const stop = new AbortController();
  const work = new SideWork<string, string>({
    name: 'test',
    work: async ({ report }) => {
      begun.resolve();
      await end.promise;
      report('done');
      return undefined;
    },
    onNews: (key) => news.push(key),
    concurrency: 1,
    stuckAfterMs: 60_000,
    backoff: { baseMs: 1, maxMs: 1, jitter: 0 },
    clock: systemClock,
    log: silentLog,
    metrics: noMetrics,
  });
  const running = work.run(stop.signal);
  expect(work.abandon('a')).toBe(false);
  work.request('a', 'make it');
  await begun.promise;
  expect([work.abandon('a'), work.abandon('b')]).toEqual([true, false]);
  end.resolve();
  while (work.abandon('a')) await new Promise((resolve) => setTimeout(resolve, 1));
  expect(work.request('a', 'make it')).toBeUndefined();
  stop.abort();
  await running;
  expect(news.every((key) => key === 'a')).toBe(true);
});
