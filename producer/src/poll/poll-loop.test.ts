import { describe, expect, it } from '@jest/globals';
import { createLogger, Registry, SecretRegistry, Watchdog } from '@tributary/runtime';
import { UpstreamError } from '../fetch/upstream-error.ts';
import { createMetrics } from '../metrics.ts';
import { ProducerState } from '../producer-state.ts';
import { SleptClock } from '../testing/feed-in-memory.ts';
import { pollLoop } from './poll-loop.ts';
import type { Poller } from './poller.ts';
import type { PollResult } from './progress.ts';
import { PollSchedule } from './schedule.ts';

const MINUTE = 60_000;

interface Script {
  clock: SleptClock;
  /** One poll after the other; the loop is ended after the last. */
  polls: (() => Promise<Partial<PollResult>>)[];
  backfill?: { windows: number };
  watchdog?: Watchdog;
}

/** The loop over a poller that does as it is told. Gives when each poll began, and what happened, in minutes. */
async function run({ clock, polls, backfill = { windows: 0 }, watchdog = new Watchdog() }: Script) {
  const stop = new AbortController();
  const state = new ProducerState();
  const begun: number[] = [];
  const backfilled: number[] = [];
  const first = clock.at;
  const minutes = (): number => (clock.at - first) / MINUTE;
  const result = (more: Partial<PollResult>): PollResult => ({
    id: 'poll',
    startedAt: clock.at,
    endedAt: clock.at,
    fetched: 1,
    published: 0,
    deadLettered: 0,
    newest: undefined,
    warning: undefined,
    ...more,
  });
  const poller = {
    quota: { remaining: () => undefined, waitMs: () => 0, ample: true },
    evenIntervalMs: 0,
    lastPollAt: undefined,
    open: () => Promise.resolve(),
    get backfillPending() {
      return backfilled.length < backfill.windows;
    },
    backfill: () => {
      backfilled.push(minutes());
      clock.at += 4 * MINUTE;
      return Promise.resolve(result({}));
    },
    poll: async () => {
      begun.push(minutes());
      const next = polls[begun.length - 1];
      if (begun.length >= polls.length) stop.abort();
      return result((await next?.()) ?? {});
    },
  };
  await pollLoop(
    {
      poller: poller as unknown as Poller,
      schedule: new PollSchedule({ every: '10m' }),
      state,
      metrics: createMetrics(new Registry(), {
        cursorLagSeconds: () => undefined,
        quotaRemaining: () => undefined,
      }),
      watchdog,
      clock,
      logger: createLogger({ component: 'test', registry: new SecretRegistry(), write: () => undefined }),
      timeoutMs: MINUTE,
      random: () => 1,
    },
    stop.signal,
  );
  return { begun, backfilled, state };
}

const lasting = (clock: SleptClock, minutes: number) => () => {
  clock.at += minutes * MINUTE;
  return Promise.resolve({});
};

describe('the loop of polls', () => {
  it('keeps how old the newest event is, also when polls bring nothing', async () => {
    const clock = new SleptClock();
    const newest = new Date(clock.at - MINUTE).toISOString();
    const { state } = await run({
      clock,
      polls: [
        () => Promise.resolve({ newest }),
        () => Promise.resolve({}),
        () => Promise.resolve({ newest: '' }),
      ],
    });
    expect(state.cursorLagSeconds(clock.at)).toBe(60 + 20 * 60);
  });

  it('never has two at once: a poll that outlasts its interval delays the next, and missed ones are one', async () => {
    const clock = new SleptClock();
    const { begun } = await run({
      clock,
      polls: [lasting(clock, 25), lasting(clock, 1), lasting(clock, 1), lasting(clock, 1)],
    });
    expect(begun).toEqual([0, 25, 35, 45]);
  });

  it('lets the past wait for what is due', async () => {
    const clock = new SleptClock();
    const quick = () => Promise.resolve({});
    const { begun, backfilled } = await run({
      clock,
      polls: [quick, quick, quick],
      backfill: { windows: 4 },
    });
    // Three windows of four minutes fit before the next poll is due, the last of them across it.
    expect(backfilled).toEqual([0, 4, 8, 12]);
    expect(begun).toEqual([0, 12, 22]);
  });

  it('tries again with back-off after a failure, and as the API says where it says so', async () => {
    const clock = new SleptClock();
    const failing = (error: UpstreamError) => () => Promise.reject(error);
    const { begun } = await run({
      clock,
      polls: [
        failing(new UpstreamError('UpstreamFailed', 'status 500')),
        failing(new UpstreamError('UpstreamFailed', 'status 500')),
        failing(new UpstreamError('RateLimited', 'status 429', { retryAfterMs: 3 * MINUTE })),
        failing(new UpstreamError('AuthFailed', 'status 401')),
        () => Promise.resolve({}),
      ],
    });
    const seconds = begun.map((minute) => Math.round(minute * 60));
    expect(seconds).toEqual([0, 1, 3, 3 + 180, 3 + 180 + 900]);
  });

  it('backs off where the API says to try again at once', async () => {
    const clock = new SleptClock();
    const atOnce = () => Promise.reject(new UpstreamError('RateLimited', 'status 429', { retryAfterMs: 0 }));
    const { begun } = await run({ clock, polls: [atOnce, atOnce, atOnce, atOnce] });
    expect(begun.map((minute) => Math.round(minute * 60))).toEqual([0, 1, 3, 7]);
  });

  it('is overdue for the watchdog when a page takes longer than five minutes and its requests, and not while it rests', async () => {
    const clock = new SleptClock();
    const watchdog = new Watchdog(() => clock.at);
    const stuck: string[][] = [];
    const seen = (minutes: number) => () => {
      stuck.push(watchdog.stuck());
      clock.at += minutes * MINUTE;
      stuck.push(watchdog.stuck());
      return Promise.resolve({});
    };
    await run({ clock, watchdog, polls: [seen(8), seen(10)] });
    expect(stuck).toEqual([[], [], [], ['poll']]);
  });
});
