import { KafkaError } from '@tributary/kafka';
import type { Clock, Logger, Watchdog } from '@tributary/runtime';
import { UpstreamError } from '../fetch/upstream-error.ts';
import type { ProducerState } from '../producer-state.ts';
import type { ProducerMetrics } from '../metrics.ts';
import type { Poller } from './poller.ts';
import type { PollResult } from './progress.ts';
import type { PollSchedule } from './schedule.ts';

export interface PollLoopOptions {
  poller: Poller;
  schedule: PollSchedule;
  state: ProducerState;
  metrics: ProducerMetrics;
  watchdog: Watchdog;
  clock: Clock;
  logger: Logger;
  /** Deadline of one request. */
  timeoutMs: number;
  /** @default Math.random */
  random?: () => number;
}

/** A page, with all its transactions, takes no longer than this and its requests; a loop that is silent for longer is stuck. */
const PAGE_WITHIN_MS = 5 * 60_000;
/** Of one page: twice for a token and twice for the page itself, where the first proof of who we are was stale. */
const REQUESTS_OF_A_PAGE = 4;
/** A poll that the quota holds up for less is only a little late. */
const WORTH_TELLING_MS = 5_000;
/** After this many failures in a row, requests are spread evenly over the provider's periods. */
const QUICK_TRIES = 3;
const SHORTEST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 5 * 60_000;
/** What only the user can mend is tried again this often, for the case that they mend it on the API's side. */
const USER_MUST_ACT_MS = 15 * 60_000;

/** Polls until the signal; returns then, and throws only what a new process would have to mend (fenced, Kafka refuses us). */
export async function pollLoop(options: PollLoopOptions, signal: AbortSignal): Promise<void> {
  const { poller, schedule, state, watchdog, clock } = options;
  let lastStart: number | undefined;
  let failures = 0;
  /** After a failure: it says itself when to try again, whatever the schedule. */
  let retryAt: number | undefined;
  let open = false;
  while (!signal.aborted) {
    try {
      if (!open) {
        watchdog.progress('poll', pageWithinMs(options));
        await poller.open(signal);
        open = true;
        state.kafkaIs(true, 'Connected', 'the state is read and earlier producers are fenced');
        state.opened = true;
        lastStart ??= poller.lastPollAt;
      }
      const at = retryAt ?? schedule.next(clock.now(), lastStart);
      const alive = (): void => watchdog.progress('poll', pageWithinMs(options));
      await backfillUntil(at, options, signal, alive);
      const [dueMs, quotaMs] = [Math.max(0, at - clock.now()), poller.quota.waitMs()];
      // A feed that waits for its turn at a shared limit has not used it up.
      const usedUp = poller.quota.remaining() === 0 && quotaMs > dueMs + WORTH_TELLING_MS;
      if (usedUp) state.quotaResumesAt = clock.now() + quotaMs;
      await rest(options, Math.max(dueMs, quotaMs), signal);
      alive();
      lastStart = clock.now();
      succeeded(options, await poller.poll(signal, alive));
      failures = 0;
      retryAt = undefined;
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      if (error instanceof KafkaError) open = false;
      retryAt = clock.now() + failed(options, error, failures);
      await rest(options, retryAt - clock.now(), signal).catch((reason: unknown) => {
        if (!signal.aborted) throw reason;
      });
    }
  }
}

function pageWithinMs({ timeoutMs }: PollLoopOptions): number {
  return PAGE_WITHIN_MS + REQUESTS_OF_A_PAGE * timeoutMs;
}

/** The past is fetched while nothing else is due, and with requests that polls do not need. */
async function backfillUntil(
  due: number,
  { poller, clock, metrics, state, logger }: PollLoopOptions,
  signal: AbortSignal,
  alive: () => void,
): Promise<void> {
  const idle = (): boolean => clock.now() < due && poller.quota.waitMs() === 0 && poller.quota.ample;
  // Live records come first: until a poll has succeeded, nothing is known to work.
  while (state.upstream.healthy && poller.backfillPending && idle()) {
    const result = await poller.backfill(signal, alive);
    metrics.polls.inc({ result: 'Backfilled' });
    logger.info({ poll: result.id, fetched: result.fetched, published: result.published }, 'backfilled');
  }
}

async function rest(options: PollLoopOptions, ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0) return;
  const { clock, watchdog, state } = options;
  state.nextPollAt = clock.now() + ms;
  watchdog.progress('poll', ms + pageWithinMs(options));
  await clock.sleep(ms, signal);
}

function succeeded({ state, metrics, logger }: PollLoopOptions, result: PollResult): void {
  const word = result.published > 0 ? 'Published' : 'Unchanged';
  if (result.warning === undefined) state.upstreamIs(true, 'Answering', 'the API answers as expected');
  else {
    state.upstreamIs(true, 'AnsweringWithWarning', result.warning);
    logger.warn({ poll: result.id }, result.warning);
  }
  state.polled(result, word);
  metrics.polls.inc({ result: word });
  if (result.published > 0)
    logger.info({ poll: result.id, fetched: result.fetched, published: result.published }, 'published');
  else logger.debug({ poll: result.id, fetched: result.fetched }, 'unchanged');
}

/** Records the failure and says how long to rest; throws on what this process cannot survive. */
function failed(
  { state, metrics, logger, clock, poller, random = Math.random }: PollLoopOptions,
  error: unknown,
  failures: number,
): number {
  const backoff =
    Math.min(LONGEST_BACKOFF_MS, SHORTEST_BACKOFF_MS * 2 ** Math.min(failures - 1, 20)) *
    (0.5 + random() / 2);
  if (error instanceof UpstreamError) {
    // Trying again and again would spend a day's few requests on nothing.
    const sparing = failures < QUICK_TRIES ? 0 : poller.evenIntervalMs;
    const ownMs = error.needsUser ? USER_MUST_ACT_MS : Math.max(backoff, sparing);
    const { retryAfterMs = 0 } = error;
    // An API that says 0, or names a time that is over, says nothing.
    const waitMs = retryAfterMs >= SHORTEST_BACKOFF_MS ? retryAfterMs : ownMs;
    state.upstreamIs(false, error.code, error.message);
    state.quotaResumesAt =
      error.code === 'QuotaExhausted' || error.code === 'RateLimited' ? clock.now() + waitMs : undefined;
    metrics.polls.inc({ result: error.code });
    logger.warn({ reason: error.code, waitMs: Math.round(waitMs) }, error.message);
    return waitMs;
  }
  if (error instanceof KafkaError && error.code !== 'KafkaFenced') {
    state.kafkaIs(false, error.code, error.message);
    metrics.polls.inc({ result: error.code });
    logger.warn({ reason: error.code, waitMs: Math.round(backoff) }, error.message);
    return backoff;
  }
  throw error;
}
