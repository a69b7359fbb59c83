import { durationMs, resolveColumns, type Column, type ProducerConfig } from '@tributary/api';
import { KafkaError, PublishFailedError, type Kafka, type TransactionalPublisher } from '@tributary/kafka';
import type { Clock, Logger, SecretRegistry } from '@tributary/runtime';
import { FeedState, type Checkpoint } from '../dedupe/feed-state.ts';
import { resume, shapeOf, withoutToken } from '../dedupe/generation.ts';
import { detached } from '../extract/detached.ts';
import type { HttpFetcher } from '../fetch/http-fetcher.ts';
import { UpstreamError } from '../fetch/upstream-error.ts';
import type { FeedSource } from '../source/feed-source.ts';
import { AnswerReader, UnfitAnswer, type ReadBounds } from '../read/answer-reader.ts';
import { PageReading, type BeginThread } from '../read/page-reading.ts';
import type { Hearing } from '../read/reading-thread.ts';
import { Asker } from './asker.ts';
import { greatestCursor, laterCursor } from './cursor.ts';
import { KeptToken } from './kept-token.ts';
import { PagesAhead, type PageRead } from './pages-ahead.ts';
import { PageReader } from './page-reader.ts';
import { PageWriter } from './page-writer.ts';
import { noProgress, resultOf, type PollResult, type Progress } from './progress.ts';
import { Quota } from './quota.ts';
import type { Run } from './run.ts';
import { RunPlan } from './run-plan.ts';
import { endsRun, StalePage } from './stale-page.ts';

export interface PollerOptions extends ReadBounds {
  config: ProducerConfig;
  source: FeedSource;
  fetcher: HttpFetcher;
  kafka: Kafka;
  publisher: TransactionalPublisher;
  secrets: SecretRegistry;
  logger: Logger;
  clock: Clock;
  /** Records that are remembered to recognise them. @default 2,000,000, and 300,000 of a snapshot */
  mostRemembered?: number;
  /** Told of records, tombstones included, once they are committed, whatever becomes of the poll. */
  published?: (records: number) => void;
  /** Told of bytes of `.state` that are worked on at a start. */
  restoring?: (bytes: number) => void;
  /** Begins a thread that reads large pages. @default they are read in this one */
  beginThread?: BeginThread | undefined;
}

/** While a page is committed the one after it is encoded, one more is read, and the next of all is fetched. */
const AHEAD = 2;
/** Size of a page beside which no other is written: it takes several times that, encoded. */
const LARGEST_BEHIND_ANOTHER = 1024 * 1024;
/** What is given up when a page cannot be committed has cost requests. */
const AHEAD_OF_LIMITS = 1;

/** A poll that was broken off is caught up with whenever it was. */
const LONG_AGO = 0;

/** One feed's polls: fetch → extract → dedupe → publish, with everything it must remember in `.state`. */
export class Poller {
  readonly quota: Quota;
  readonly #options: PollerOptions;
  readonly #shapeName: string;
  readonly #cursorColumn: Column | undefined;
  readonly #asker: Asker;
  readonly #reader: PageReader;
  readonly #plan: RunPlan;
  readonly #writer: PageWriter;
  readonly #token: KeptToken;
  readonly #stale = new StalePage();
  #state: FeedState | undefined;

  constructor(options: PollerOptions) {
    const { config, source, secrets, publisher, clock } = options;
    this.#options = options;
    const columns = resolveColumns(config);
    this.#shapeName = shapeOf(columns, config.source.http?.nulls);
    this.#cursorColumn = columns.find(({ name }) => name === source.cursorColumn);
    this.quota = new Quota({ config, limits: source.limits, publisher, clock });
    this.#writer = new PageWriter(options);
    const here = new AnswerReader(source, {
      ...options,
      columns,
      snapshot: options.config.snapshot,
      redact: (text) => secrets.redact(text),
      now: () => clock.now(),
    });
    this.#token = new KeptToken(publisher, config.kafka.stateTopic, () => this.#openState());
    const reading = new PageReading(here, options);
    this.#asker = new Asker({ ...options, quota: this.quota, reading, kept: this.#token });
    this.#reader = new PageReader(this.#asker, clock);
    this.#plan = new RunPlan(source);
  }

  get checkpoint(): Checkpoint | undefined {
    return this.#state?.checkpoint;
  }

  /**
   * When a poll last began, as far as it is known; also in an earlier process. Only one that came to its end has kept the
   * time of a cron: what was broken off is caught up with, also where none has ever come to its end.
   */
  get lastPollAt(): number | undefined {
    if (this.#keepsTimes) return this.checkpoint?.keptAt;
    const times = [this.checkpoint?.polledAt, this.quota.lastRequestAt].filter((at) => at !== undefined);
    return times.length === 0 ? undefined : Math.max(...times);
  }

  /** By a cron. An interval only counts from the last poll. */
  get #keepsTimes(): boolean {
    return this.#options.config.schedule.cron !== undefined;
  }

  /** Time between two requests that the tightest limit allows for ever; 0 without limits. */
  get evenIntervalMs(): number {
    const { limits } = this.#options.source;
    return Math.max(0, ...limits.map(({ requests, per }) => durationMs(per) / requests));
  }

  /** Fences any earlier producer, then reads what it left: in this order, so that the state is final. */
  async open(signal: AbortSignal): Promise<void> {
    const { config, kafka, publisher, restoring } = this.#options;
    this.#state = undefined;
    this.#plan.forget();
    await this.#writer.abandon();
    this.#asker.forget();
    await publisher.open(signal);
    const state = await FeedState.read(kafka, config.kafka.stateTopic, signal, restoring);
    this.quota.restore(state.quota);
    this.#state = state;
    await this.#token.save();
    await this.#countTimes(signal);
  }

  /** The times of a cron count from when its feed was first here; what an earlier version or an interval did counts too. */
  async #countTimes(signal: AbortSignal): Promise<void> {
    if (!this.#keepsTimes || this.checkpoint?.keptAt !== undefined) return;
    // As it is stored: a page of another request is gone, but its poll was broken off all the same.
    const { pageToken, polledAt } = this.checkpoint ?? {};
    const from = pageToken === undefined ? (polledAt ?? this.#options.clock.now()) : LONG_AGO;
    await this.#writer.kept(from, this.#checkpoint(), this.#openState(), signal);
  }

  /**
   * One poll, or the rest of one that was interrupted, page by page. Throws UpstreamError with the cursor held, or a
   * KafkaError after which `open` is to be called again. `alive` is called before each page.
   */
  async poll(signal: AbortSignal, alive: () => void = () => undefined): Promise<PollResult> {
    const { clock, source } = this.#options;
    const resumed = this.#checkpoint().pageToken !== undefined;
    const startedAt = clock.now();
    let run = this.#liveRun(undefined, startedAt);
    this.#openState().beginPoll();
    const whole = !resumed && run.window === undefined;
    // A backfill brings what is old: it would not be known again where its last page is read twice.
    const onward = !resumed && run.window !== undefined && !this.backfillPending;
    const progress = this.#progress(whole, onward);
    for (;;) {
      const token = await this.#pages(run, progress, signal, alive);
      // A poll of one page has no limit of pages to stop at, however many windows it asks for.
      const stopped = source.maxPages > 1 && progress.pages >= source.maxPages;
      if (stopped && (token !== undefined || run.full))
        progress.warning = `the poll stopped after ${source.maxPages} pages (pagination.maxPages); the next one goes on there`;
      if (stopped || token !== undefined || !run.full) break;
      run = this.#liveRun(run, startedAt);
    }
    this.#asker.accept();
    if (this.#keepsTimes) await this.#writer.kept(startedAt, this.#checkpoint(), this.#openState());
    return resultOf(run.poll, startedAt, clock.now(), progress);
  }

  /** Whether a range of the past is still to be fetched. */
  get backfillPending(): boolean {
    return this.#state !== undefined && this.#backfillRun() !== undefined;
  }

  /** The next window of the backfill. To be called between polls, so that live records come first. */
  async backfill(signal: AbortSignal, alive: () => void = () => undefined): Promise<PollResult> {
    const { clock } = this.#options;
    const run = this.#backfillRun();
    if (run === undefined) throw new RangeError('there is nothing to backfill');
    const progress = this.#progress(false, false);
    await this.#pages(run, progress, signal, alive);
    return resultOf(run.poll, run.startedAt, clock.now(), progress);
  }

  /**
   * The pages of one run; gives the token of the page to go on with where it had to stop. While a page is committed the
   * next ones are fetched and read already: their requests are counted before they are sent all the same (Delivery 1).
   */
  async #pages(
    run: Run,
    progress: Progress,
    signal: AbortSignal,
    alive: () => void,
  ): Promise<string | undefined> {
    const { source } = this.#options;
    const first = progress.pages;
    const ahead = new PagesAhead({
      read: (token, cancelled, opened) =>
        this.#read(run, token, { signal: AbortSignal.any([signal, cancelled]), opened }),
      token: run.token,
      pages: Math.max(1, source.maxPages - first),
      ahead: source.limits.length === 0 ? AHEAD : AHEAD_OF_LIMITS,
    });
    try {
      for (;;) {
        alive();
        const page = await ahead.take();
        progress.pages += 1;
        this.#stale.answered();
        if (page === undefined) return undefined;
        this.#count(page, run, progress);
        await this.#write(page, run, progress, signal);
        const last = page.next === undefined || progress.pages >= source.maxPages;
        if (last || page.size > LARGEST_BEHIND_ANOTHER) await this.#writer.settled();
        if (!last) continue;
        if (page.next === undefined) this.#plan.finished(run);
        return page.next;
      }
    } catch (error) {
      await ahead.cancel();
      if (error instanceof KafkaError) throw error;
      await this.#writer.settled();
      if (error instanceof UnfitAnswer) await this.#keep(error, run, signal);
      if (endsRun(error) || (progress.pages === first && this.#isStale(run.token, error)))
        this.#dropToken(run);
      throw error;
    }
  }

  async #read(run: Run, token: string | undefined, hearing: Hearing) {
    // The cursor moves with the last page only, so it is the same for every page of the run.
    const { cursor, generation } = this.#checkpoint();
    const asked = { token, cursor: run.kind === 'live' ? cursor : undefined, window: run.window, generation };
    return await this.#reader.read(asked, hearing);
  }

  #write(page: PageRead, run: Run, progress: Progress, signal: AbortSignal): Promise<void> {
    const { asked, observedAt, next } = page;
    const place = { run, asked, next, observedAt, before: this.#checkpoint() };
    return this.#writer.write(page.records, place, progress, this.#openState(), signal);
  }

  #count({ count, warning, records: page }: PageRead, run: Run, progress: Progress): void {
    progress.fetched += count;
    progress.warning = warning ?? progress.warning;
    const newest = page.records.at(-1)?.eventTime;
    if (newest !== undefined && newest > (progress.newest ?? '')) progress.newest = detached(newest);
    progress.unreadable ||= page.bad.length > 0;
    progress.cursor = laterCursor(
      this.#cursorColumn,
      progress.cursor,
      greatestCursor(this.#cursorColumn, page.records),
    );
    if (page.bad.length === 0) return;
    this.#options.logger.warn(
      { poll: run.poll, count: page.bad.length, reason: page.bad[0]?.reason },
      'some records cannot be read; they are in the dead letter topic',
    );
  }

  async #keep(error: UnfitAnswer, run: Run, signal: AbortSignal): Promise<void> {
    const place = { poll: run.poll, observedAt: this.#options.clock.now(), before: this.#checkpoint() };
    await this.#writer.keepUnfit(
      { reason: `${error.code}: ${error.message}`, body: error.body },
      place,
      this.#openState(),
      signal,
    );
  }

  #isStale(token: string | undefined, error: unknown): boolean {
    return token !== undefined && error instanceof UpstreamError && this.#stale.failed(token, error);
  }

  /** The cursor has not moved, so the poll can begin anew. */
  #dropToken({ kind }: Run): void {
    const state = this.#openState();
    if (state.checkpoint !== undefined) state.checkpoint = withoutToken(state.checkpoint, kind);
    state.next = undefined;
  }

  #liveRun(previous: Run | undefined, startedAt: number): Run {
    return this.#plan.live(this.#checkpoint(), previous, startedAt);
  }

  #backfillRun(): Run | undefined {
    return this.#plan.backfill(this.#checkpoint(), this.#options.clock.now());
  }

  #progress(whole: boolean, onward: boolean): Progress {
    return noProgress({ cursor: this.#checkpoint().cursor, whole, onward });
  }

  #checkpoint(): Checkpoint {
    const { checkpoint, next = checkpoint } = this.#openState();
    const { keptAt, ...rest } = resume(next, this.#shapeName, this.#options.source.requestName);
    // Times of a cron that has become an interval count no more, should it become one again.
    return this.#keepsTimes && keptAt !== undefined ? { ...rest, keptAt } : rest;
  }

  #openState(): FeedState {
    if (this.#state === undefined) throw new PublishFailedError('notCommitted', 'the publisher is not open');
    return this.#state;
  }
}
