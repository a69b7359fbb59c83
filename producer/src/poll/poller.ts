import { randomUUID } from 'node:crypto';
import { durationMs, resolveColumns, type Column, type ProducerConfig } from '@tributary/api';
import { PublishFailedError, type Kafka, type TransactionalPublisher } from '@tributary/kafka';
import type { Clock, Logger, SecretRegistry } from '@tributary/runtime';
import {
  applyTo,
  changesOf,
  deletionsOf,
  forgettingOf,
  readPage,
  type Change,
  type PageContext,
  type PageRecords,
} from '../dedupe/changes.ts';
import { FeedState, stateRecord, type Checkpoint } from '../dedupe/feed-state.ts';
import { resume, shapeOf } from '../dedupe/generation.ts';
import { BodySyntaxError } from '../extract/exact-json.ts';
import { RecordShape } from '../extract/record.ts';
import type { HttpFetcher } from '../fetch/http-fetcher.ts';
import { UpstreamError } from '../fetch/upstream-error.ts';
import { splitChanges } from '../publish/split.ts';
import type { FeedSource, PageAnswer, PageAsked } from '../source/feed-source.ts';
import { greatestCursor, laterCursor } from './cursor.ts';
import { QuotaLedger } from './quota-ledger.ts';

export interface PollerOptions {
  config: ProducerConfig;
  source: FeedSource;
  fetcher: HttpFetcher;
  kafka: Kafka;
  publisher: TransactionalPublisher;
  secrets: SecretRegistry;
  logger: Logger;
  clock: Clock;
}

/** What one poll came to. */
export interface PollResult {
  id: string;
  startedAt: number;
  endedAt: number;
  fetched: number;
  published: number;
  deadLettered: number;
  /** Event time of the newest record it saw. */
  newest: string | undefined;
  /** What a user should know though the answers were valid. */
  warning: string | undefined;
}

/** What a poll has gathered up to its present page. */
interface Progress {
  result: PollResult;
  token: string | undefined;
  pages: number;
  cursor: string | undefined;
  /** Identities that the API returned. */
  present: Set<string>;
  /** Whether some of what it returned could not be read. */
  unreadable: boolean;
}

/** Most forgotten identities that go along with one poll. */
const MOST_FORGOTTEN = 5_000;

/** One feed's polls: fetch → extract → dedupe → publish, with everything it must remember in `.state`. */
export class Poller {
  readonly #options: PollerOptions;
  readonly #shape: RecordShape;
  readonly #shapeName: string;
  readonly #cursorColumn: Column | undefined;
  #state: FeedState | undefined;
  #ledger: QuotaLedger;

  constructor(options: PollerOptions) {
    const { config, source, secrets } = options;
    this.#options = options;
    const columns = resolveColumns(config);
    this.#shape = new RecordShape(columns, { nulls: source.nulls, redact: (text) => secrets.redact(text) });
    this.#shapeName = shapeOf(columns);
    this.#cursorColumn = columns.find(({ name }) => name === source.cursorColumn);
    this.#ledger = new QuotaLedger(source.limits, undefined, config.phase);
  }

  get checkpoint(): Checkpoint | undefined {
    return this.#state?.checkpoint;
  }

  quotaRemaining(): number | undefined {
    return this.#ledger.remaining(this.#options.clock.now());
  }

  /** Time between two requests that the tightest limit allows for ever; 0 without limits. */
  get evenIntervalMs(): number {
    const { limits } = this.#options.source;
    return Math.max(0, ...limits.map(({ requests, per }) => durationMs(per) / requests));
  }

  /** Milliseconds until the provider's limits admit a request. */
  quotaWaitMs(): number {
    return this.#ledger.waitMs(this.#options.clock.now());
  }

  /** Fences any earlier producer, then reads what it left: in this order, so that the state is final. */
  async open(signal: AbortSignal): Promise<void> {
    const { config, kafka, publisher, source } = this.#options;
    this.#state = undefined;
    await publisher.open(signal);
    const state = await FeedState.read(kafka, config.kafka.stateTopic, signal);
    this.#ledger = new QuotaLedger(source.limits, state.quota, config.phase);
    this.#state = state;
  }

  /**
   * One poll, or the rest of one that was interrupted, page by page. Throws UpstreamError with the cursor held, or a
   * KafkaError after which `open` is to be called again. `alive` is called before each page.
   */
  async poll(signal: AbortSignal, alive: () => void = () => undefined): Promise<PollResult> {
    const { clock, source } = this.#options;
    const checkpoint = resume(this.#openState().checkpoint, this.#shapeName);
    const progress: Progress = {
      result: {
        id: checkpoint.pageToken === undefined ? randomUUID() : checkpoint.poll,
        startedAt: clock.now(),
        endedAt: clock.now(),
        fetched: 0,
        published: 0,
        deadLettered: 0,
        newest: undefined,
        warning: undefined,
      },
      token: checkpoint.pageToken,
      pages: 0,
      cursor: checkpoint.cursor,
      present: new Set(),
      unreadable: false,
    };
    // Tombstones for what disappeared need every page; an interrupted poll has lost what its first pages returned.
    const whole = checkpoint.pageToken === undefined;
    do {
      alive();
      await this.#page(progress, { cursor: checkpoint.cursor, whole }, signal).catch((error: unknown) => {
        if (progress.pages === 0) this.#dropStaleToken(error);
        throw error;
      });
    } while (progress.token !== undefined && progress.pages < source.maxPages);
    if (progress.token !== undefined)
      progress.result.warning = `the poll stopped after ${source.maxPages} pages (pagination.maxPages); the next one goes on there`;
    progress.result.endedAt = clock.now();
    return progress.result;
  }

  async #page(
    progress: Progress,
    poll: { cursor: string | undefined; whole: boolean },
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, logger } = this.#options;
    const asked = { token: progress.token, cursor: poll.cursor };
    const answer = await this.#ask(asked, signal);
    const page = readPage(answer.records, this.#shape, answer);
    progress.pages += 1;
    progress.result.fetched += answer.records.length;
    progress.result.warning = answer.warning ?? progress.result.warning;
    const newest = page.records.at(-1)?.eventTime;
    if (newest !== undefined && newest > (progress.result.newest ?? '')) progress.result.newest = newest;
    for (const { identity } of [...page.records, ...page.bad]) progress.present.add(identity);
    progress.unreadable ||= page.bad.length > 0;
    progress.cursor = laterCursor(
      this.#cursorColumn,
      progress.cursor,
      greatestCursor(this.#cursorColumn, page.records),
    );
    if (page.bad.length > 0) {
      logger.warn(
        { poll: progress.result.id, count: page.bad.length, reason: page.bad[0]?.reason },
        'some records cannot be read; they are in the dead letter topic',
      );
    }
    await this.#publish(
      page,
      { asked, next: answer.next, whole: poll.whole, observedAt: clock.now() },
      progress,
      signal,
    );
    progress.token = answer.next;
  }

  async #ask(page: PageAsked, signal: AbortSignal): Promise<PageAnswer> {
    const { source, fetcher, secrets } = this.#options;
    const request = await source.request(page);
    await this.#spend(signal);
    const { body, headers } = await fetcher.fetch(request, signal);
    try {
      // The API may echo the key; it is gone before anything else sees the body (Delivery 8).
      return source.read({ body: secrets.redact(body), headers }, page);
    } catch (error) {
      if (error instanceof BodySyntaxError)
        throw new UpstreamError('UpstreamShapeChanged', error.message, { cause: error });
      if (error instanceof UpstreamError && error.code === 'QuotaExhausted') throw this.#untilReset(error);
      throw error;
    }
  }

  /** A page that was to be resumed may be gone for good; the cursor has not moved, so the poll can begin anew. */
  #dropStaleToken(error: unknown): void {
    const state = this.#openState();
    if (!(error instanceof UpstreamError) || error.code !== 'BadRequest' || state.checkpoint === undefined)
      return;
    const { pageToken: _pageToken, ...kept } = state.checkpoint;
    state.checkpoint = kept;
  }

  /** Commits the request before it is sent: a crash in between costs a request, never a limit (Delivery 1). */
  async #spend(signal: AbortSignal): Promise<void> {
    const { config, publisher, clock, source } = this.#options;
    if (source.limits.length === 0) return;
    await clock.sleep(this.#shortWait(), signal);
    this.#ledger.spend(clock.now());
    await publisher.publish(
      [stateRecord.quota(config.kafka.stateTopic, JSON.stringify(this.#ledger))],
      signal,
    );
  }

  /** Between two pages a second or two is waited for here; a longer wait ends the poll, to be resumed at its page. */
  #shortWait(): number {
    const SHORT_MS = 5_000;
    const waitMs = this.quotaWaitMs();
    if (waitMs <= SHORT_MS) return waitMs;
    throw new UpstreamError('QuotaExhausted', 'the limits of source.limits are used up', {
      retryAfterMs: waitMs,
    });
  }

  /** The provider says that the day's quota is gone, whatever our own count says: it is back when the day is over. */
  #untilReset(error: UpstreamError): UpstreamError {
    const resetMs = this.#ledger.msToReset(this.#options.clock.now());
    return resetMs === undefined
      ? error
      : new UpstreamError('QuotaExhausted', error.message, { cause: error, retryAfterMs: resetMs });
  }

  /** Publishes what a page changed, each transaction with the checkpoint that makes it final. */
  async #publish(
    page: PageRecords,
    place: { asked: PageAsked; next: string | undefined; whole: boolean; observedAt: number },
    progress: Progress,
    signal: AbortSignal,
  ): Promise<void> {
    const state = this.#openState();
    const before = resume(state.checkpoint, this.#shapeName);
    const context = this.#context(progress.result.id, before.generation, place.observedAt);
    const changes = changesOf(page, state, context);
    const last = place.next === undefined;
    if (last && place.whole) {
      // An answer that is empty, or whose records cannot all be read, does not tell what has disappeared.
      const complete =
        progress.result.warning === undefined && !progress.unreadable && progress.present.size > 0;
      if (context.snapshot && complete) changes.push(...deletionsOf(state, progress.present, context));
      if (changes.length > 0) changes.push(...this.#forgetting(state, progress, context));
    }
    const final = this.#checkpointAfter(before, place.next, progress);
    // A poll that changed nothing publishes nothing; but an unfinished one must be marked as finished.
    const moved = final.cursor !== before.cursor || (last && before.pageToken !== undefined);
    const parts = splitChanges(changes);
    if (parts.length === 0 && moved) parts.push([]);
    let [published, deadLettered, recordIndex] = [before.published, before.deadLettered, 0];
    for (const [index, part] of parts.entries()) {
      published += count(part, 'record');
      deadLettered += count(part, 'deadLetter');
      recordIndex += part.length;
      const counts = { published, deadLettered };
      await this.#commit(
        part,
        index === parts.length - 1
          ? { ...final, ...counts }
          : { ...before, ...tokenOf(place.asked.token), poll: progress.result.id, recordIndex, ...counts },
        signal,
      );
      progress.result.published += count(part, 'record');
      progress.result.deadLettered += count(part, 'deadLetter');
    }
  }

  async #commit(part: readonly Change[], checkpoint: Checkpoint, signal: AbortSignal): Promise<void> {
    const { config, publisher } = this.#options;
    const state = this.#openState();
    await publisher.publish(
      [
        ...part.flatMap(({ outgoing }) => outgoing),
        stateRecord.checkpoint(config.kafka.stateTopic, checkpoint),
      ],
      signal,
    );
    applyTo(state, part);
    state.checkpoint = checkpoint;
  }

  /** The cursor moves with the last page (Delivery 1). */
  #checkpointAfter(before: Checkpoint, next: string | undefined, progress: Progress): Checkpoint {
    const { pageToken: _pageToken, ...kept } = before;
    const cursor = next === undefined ? progress.cursor : before.cursor;
    return {
      ...kept,
      ...(cursor === undefined ? {} : { cursor }),
      ...tokenOf(next),
      poll: progress.result.id,
      recordIndex: 0,
    };
  }

  #forgetting(state: FeedState, { present, result }: Progress, context: PageContext): Change[] {
    const { window } = this.#options.config.dedupe;
    const oldest =
      window === undefined || (result.newest ?? '') === ''
        ? undefined
        : new Date(Date.parse(result.newest ?? '') - durationMs(window)).toISOString();
    const { generation } = context;
    return forgettingOf(state.expired({ present, generation, oldest, most: MOST_FORGOTTEN }), context);
  }

  #context(poll: string, generation: number, observedAt: number): PageContext {
    const { config, secrets } = this.#options;
    const { topic, stateTopic, deadLetterTopic } = config.kafka;
    return {
      topic,
      stateTopic,
      deadLetterTopic,
      poll,
      generation,
      observedAt: new Date(observedAt).toISOString(),
      snapshot: config.snapshot,
      redact: (text) => secrets.redact(text),
    };
  }

  #openState(): FeedState {
    if (this.#state === undefined) throw new PublishFailedError('notCommitted', 'the publisher is not open');
    return this.#state;
  }
}

function count(changes: readonly Change[], kind: Change['kind']): number {
  return changes.filter((change) => change.kind === kind).length;
}

function tokenOf(token: string | undefined): { pageToken?: string } {
  return token === undefined ? {} : { pageToken: token };
}
