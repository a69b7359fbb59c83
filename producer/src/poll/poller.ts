import { durationMs, resolveColumns, type Column, type ProducerConfig } from '@tributary/api';
import { KafkaError, PublishFailedError, type Kafka, type TransactionalPublisher } from '@tributary/kafka';
import type { Clock, Logger, SecretRegistry } from '@tributary/runtime';
import { FeedState, stateRecord, type Checkpoint } from '../dedupe/feed-state.ts';
import { resume, shapeOf, withoutToken } from '../dedupe/generation.ts';
import { detached } from '../extract/detached.ts';
import type { HttpFetcher } from '../fetch/http-fetcher.ts';
import { UpstreamError } from '../fetch/upstream-error.ts';
import type { FeedSource } from '../source/feed-source.ts';
import { AnswerReader, UnfitAnswer, type ReadBounds } from '../read/answer-reader.ts';
import { PageReading, type BeginThread, type Hearing } from '../read/page-reading.ts';
import { Asker } from './asker.ts';
import { greatestCursor, laterCursor } from './cursor.ts';
import { PagesAhead, type PageRead } from './pages-ahead.ts';
import { PageReader } from './page-reader.ts';
import { PageWriter, type Progress } from './page-writer.ts';
import { Quota } from './quota.ts';
import type { Run } from './run.ts';
import { RunPlan } from './run-plan.ts';
import { StalePage } from './stale-page.ts';

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
  /** Begins a thread that reads large pages. @default they are read in this one */
  beginThread?: BeginThread | undefined;
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

/** While a page is committed the one after it is encoded, one more is read, and the next of all is fetched. */
const AHEAD = 2;
/** Size of a page beside which no other is written: it takes several times that, encoded. */
const LARGEST_BEHIND_ANOTHER = 1024 * 1024;
/** What is given up when a page cannot be committed has cost requests. */
const AHEAD_OF_LIMITS = 1;

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
  readonly #stale = new StalePage();
  #state: FeedState | undefined;
  /** A refresh token that replaced the one in `.state`, until that is committed: the old one is used up. */
  #unsavedToken: string | undefined;

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
    const reading = new PageReading(here, options);
    this.#asker = new Asker({ ...options, quota: this.quota, reading, kept: this.#keptToken() });
    this.#reader = new PageReader(this.#asker, clock);
    this.#plan = new RunPlan(source);
  }

  get checkpoint(): Checkpoint | undefined {
    return this.#state?.checkpoint;
  }

  /**
   * When a poll last began, as far as it is known; also in an earlier process. Only one that came to its end has kept the
   * time of a cron: what was broken off is caught up with.
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
    const { config, kafka, publisher } = this.#options;
    this.#state = undefined;
    this.#plan.forget();
    await this.#writer.abandon();
    this.#asker.forget();
    await publisher.open(signal);
    const state = await FeedState.read(kafka, config.kafka.stateTopic, signal);
    this.quota.restore(state.quota);
    this.#state = state;
    if (this.#unsavedToken !== undefined) await this.#keptToken().write(this.#unsavedToken);
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
    return {
      fetched: 0,
      published: 0,
      deadLettered: 0,
      pages: 0,
      newest: undefined,
      warning: undefined,
      notice: undefined,
      cursor: this.#checkpoint().cursor,
      whole,
      onward,
      unreadable: false,
    };
  }

  #keptToken() {
    const { config, publisher } = this.#options;
    return {
      read: () => this.#unsavedToken ?? this.#openState().token,
      write: async (sealed: string) => {
        this.#unsavedToken = sealed;
        await publisher.publish([stateRecord.token(config.kafka.stateTopic, sealed)]);
        this.#openState().token = sealed;
        this.#unsavedToken = undefined;
      },
    };
  }

  #checkpoint(): Checkpoint {
    const { checkpoint, next = checkpoint } = this.#openState();
    return resume(next, this.#shapeName, this.#options.source.requestName);
  }

  #openState(): FeedState {
    if (this.#state === undefined) throw new PublishFailedError('notCommitted', 'the publisher is not open');
    return this.#state;
  }
}

/** Going on with the page that it failed at would fail in the same way for ever. */
function endsRun(error: unknown): boolean {
  return error instanceof UpstreamError && error.code === 'PaginationLoops';
}

function resultOf(id: string, startedAt: number, endedAt: number, progress: Progress): PollResult {
  const { fetched, published, deadLettered, newest, warning = progress.notice } = progress;
  return { id, startedAt, endedAt, fetched, published, deadLettered, newest, warning };
}
