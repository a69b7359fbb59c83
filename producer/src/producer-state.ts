import type { Health, ProducerConfig, ProducerStatus } from '@tributary/api';
import type { PollResult } from './poll/progress.ts';
import { unsupportedFields } from './source/unsupported-fields.ts';

/** Released together with the whole of Tributary. */
export const VERSION = '0.1.0';

/** What `/status` and `/readyz` tell; written by the poll loop. */
export class ProducerState {
  upstream: Health = { healthy: false, reason: 'NotPolledYet', message: 'the API has not been polled yet' };
  kafka: Health = { healthy: false, reason: 'NotTriedYet', message: 'Kafka has not been tried yet' };
  /** Whether the state was read and earlier producers fenced. */
  opened = false;
  lastPoll: (PollResult & { result: string }) | undefined;
  nextPollAt: number | undefined;
  quotaResumesAt: number | undefined;
  /** ISO 8601, empty before there is one. */
  #newestEvent = '';

  /** A poll that is without news leaves the newest event what it was. */
  polled(poll: PollResult, result: string): void {
    this.lastPoll = { ...poll, result };
    if (poll.newest !== undefined && poll.newest > this.#newestEvent) this.#newestEvent = poll.newest;
  }

  /** Age of the newest event that a poll of this process has seen; undefined before one did. */
  cursorLagSeconds(now: number): number | undefined {
    return this.#newestEvent === '' ? undefined : (now - Date.parse(this.#newestEvent)) / 1_000;
  }

  upstreamIs(healthy: boolean, reason: string, message: string): void {
    this.upstream = { healthy, reason, message };
    if (healthy) this.quotaResumesAt = undefined;
  }

  kafkaIs(healthy: boolean, reason: string, message: string): void {
    this.kafka = { healthy, reason, message };
  }
}

/** `published`, `deadLettered` and `cursor` come from the checkpoint, which outlives the process. */
export function statusOf(
  { feed, source }: ProducerConfig,
  state: ProducerState,
  figures: {
    published: number;
    deadLettered: number;
    cursor: string | undefined;
    quotaRemaining: number | undefined;
    backfilledTo: number | undefined;
  },
): ProducerStatus {
  const time = (ms: number): string => new Date(ms).toISOString();
  const { lastPoll, nextPollAt, quotaResumesAt } = state;
  return {
    component: 'producer',
    feed: `${feed.namespace}/${feed.name}`,
    uid: feed.uid,
    version: VERSION,
    upstream: state.upstream,
    kafka: state.kafka,
    ...(lastPoll === undefined
      ? {}
      : {
          lastPoll: {
            id: lastPoll.id,
            startedAt: time(lastPoll.startedAt),
            endedAt: time(lastPoll.endedAt),
            result: lastPoll.result,
            fetched: lastPoll.fetched,
            published: lastPoll.published,
          },
        }),
    published: figures.published,
    deadLettered: figures.deadLettered,
    ...(figures.cursor === undefined ? {} : { cursor: figures.cursor }),
    ...(figures.backfilledTo === undefined ? {} : { backfilledTo: time(figures.backfilledTo) }),
    ...(nextPollAt === undefined ? {} : { nextPollAt: time(nextPollAt) }),
    quota: {
      exhausted:
        state.upstream.reason === 'QuotaExhausted' ||
        (quotaResumesAt !== undefined && state.upstream.healthy),
      ...(figures.quotaRemaining === undefined ? {} : { remaining: figures.quotaRemaining }),
      // To the second: what differs by a moment at each look would be news each time.
      ...(quotaResumesAt === undefined
        ? {}
        : { resumesAt: time(Math.round(quotaResumesAt / 1_000) * 1_000) }),
    },
    notYetSupported: unsupportedFields(source),
  };
}
