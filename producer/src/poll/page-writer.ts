import { durationMs, type ProducerConfig } from '@tributary/api';
import type { OutgoingRecord, TransactionalPublisher } from '@tributary/kafka';
import type { SecretRegistry } from '@tributary/runtime';
import {
  applyTo,
  changesOf,
  deletionsOf,
  forgettingOf,
  unfitAnswer,
  type Change,
  type PageContext,
} from '../dedupe/changes.ts';
import { stateRecord, type Checkpoint, type FeedState } from '../dedupe/feed-state.ts';
import { countOf, splitChanges } from '../publish/split.ts';
import type { PageAsked } from '../source/feed-source.ts';
import { UpstreamError } from '../fetch/upstream-error.ts';
import type { PageRecords } from '../read/read-page.ts';
import { pollReached } from './poll-steps.ts';
import type { Progress } from './progress.ts';
import { checkpointAfter, checkpointWithin, type Run } from './run.ts';

/** Most forgotten identities that go along with one poll. */
const MOST_FORGOTTEN = 5_000;

/** More identities than this are not remembered: they take some 110 MB. */
const MOST_REMEMBERED = 2_000_000;
/** Of a snapshot, whose Kafka keys are remembered too: with short ones they take as much. */
const MOST_OF_SNAPSHOT = 300_000;
/** When they are too many, so many more make room, as looking for the oldest takes a moment. */
const ROOM = 0.05;
/** Told before it happens. */
const NEARLY = 0.9;

/** Which page is written. */
interface Place {
  run: Run;
  asked: PageAsked;
  next: string | undefined;
  observedAt: number;
  before: Checkpoint;
}

/** What goes into one transaction. */
interface Part {
  changes: Change[];
  checkpoint: Checkpoint;
  records: number;
  deadLetters: number;
}

/** Publishes what a page changed, each transaction with the checkpoint that makes it final (Delivery 1). */
export class PageWriter {
  readonly #config: ProducerConfig;
  readonly #publisher: TransactionalPublisher;
  readonly #secrets: SecretRegistry;
  readonly #mostRemembered: number;
  readonly #published: ((records: number) => void) | undefined;
  #underWay: Promise<void> = Promise.resolve();

  constructor(options: {
    config: ProducerConfig;
    publisher: TransactionalPublisher;
    secrets: SecretRegistry;
    /** @default 2,000,000, and 300,000 of a snapshot */
    mostRemembered?: number;
    published?: (records: number) => void;
  }) {
    this.#published = options.published;
    this.#mostRemembered =
      options.mostRemembered ?? (options.config.snapshot ? MOST_OF_SNAPSHOT : MOST_REMEMBERED);
    this.#config = options.config;
    this.#publisher = options.publisher;
    this.#secrets = options.secrets;
  }

  /** Returns when all but the last transaction of the page is committed. */
  async write(
    page: PageRecords,
    place: Place,
    progress: Progress,
    state: FeedState,
    signal: AbortSignal,
  ): Promise<void> {
    const parts = this.#parts(page, place, progress, state);
    while (parts.length > 0) {
      signal.throwIfAborted();
      await this.#handOver(parts.shift(), progress, state);
    }
    this.#underWay.then(
      () => page.records.release(),
      () => undefined,
    );
  }

  /** Each with the checkpoint that it is committed with; none where there is nothing to tell. */
  #parts(
    page: PageRecords,
    { run, before, next, asked, observedAt }: Place,
    progress: Progress,
    state: FeedState,
  ): Part[] {
    const context = this.#context(run.poll, before.generation, observedAt);
    const changes = changesOf(page, state, context);
    changes.unshift(...this.#makingRoom(countOf(changes), progress, state, context));
    if (next === undefined && run.kind === 'live')
      changes.push(...this.#disappearing(changes, progress, state, context));
    const final = checkpointAfter(before, run, { next, cursor: progress.cursor });
    const parts = splitChanges(changes);
    if (parts.length === 0 && movedBeyond(before, final, run)) parts.push([]);
    let { published, deadLettered } = before;
    let recordIndex = 0;
    return parts.map((part, index) => {
      const [records, deadLetters] = [count(part, 'record'), count(part, 'deadLetter')];
      published += records;
      deadLettered += deadLetters;
      recordIndex += countOf(part);
      const counts = { published, deadLettered };
      const checkpoint =
        index === parts.length - 1
          ? { ...final, ...counts }
          : checkpointWithin(before, run, { token: asked.token, recordIndex, ...counts });
      return { changes: part, checkpoint, records, deadLetters };
    });
  }

  /** Keeps an answer that is not what the source selects beside the dead letters, once for each reason. */
  async keepUnfit(
    answer: { reason: string; body: string },
    place: { poll: string; observedAt: number; before: Checkpoint },
    state: FeedState,
    signal: AbortSignal,
  ): Promise<void> {
    const { poll, before, observedAt } = place;
    const change = unfitAnswer(answer, this.#context(poll, before.generation, observedAt));
    if (state.knows(change.identity, change.identity, before.generation)) return;
    await this.#publisher.publish(change.outgoing, signal);
    applyTo(state, [change]);
  }

  /** Commits that all is done that a cron had called for up to `keptAt`, in milliseconds since the epoch. */
  async kept(keptAt: number, before: Checkpoint, state: FeedState, signal?: AbortSignal): Promise<void> {
    const checkpoint = { ...before, keptAt };
    await this.#publisher.publish(
      [stateRecord.checkpoint(this.#config.kafka.stateTopic, checkpoint)],
      signal,
    );
    state.next = checkpoint;
    state.checkpoint = checkpoint;
  }

  /**
   * Resolves when the transaction before it is committed. What it changes counts from here on: when it fails, the state is
   * of no use any more, and is read again. The changes are let go of at once, as the broker may take its time.
   */
  #handOver(part: Part | undefined, progress: Progress, state: FeedState): Promise<void> {
    if (part === undefined) return Promise.resolve();
    const { changes, checkpoint, records, deadLetters } = part;
    // What has begun is let finish, within its ten seconds: its page was paid for with a request.
    const published = this.#publisher.publish(this.#outgoing(changes, checkpoint));
    applyTo(state, changes);
    state.next = checkpoint;
    progress.published += records;
    progress.deadLettered += deadLetters;
    const before = this.#underWay;
    this.#underWay = Promise.all([before, published]).then(() => {
      state.checkpoint = checkpoint;
      this.#published?.(records);
      pollReached('remembered');
    });
    this.#underWay.catch(() => undefined);
    return before;
  }

  /** Until all that was handed over is committed; throws where it is not. */
  async settled(): Promise<void> {
    await this.#underWay;
  }

  /** Once it has come to rest, what was handed over is nobody's any more: the state is about to be read again. */
  async abandon(): Promise<void> {
    await this.#underWay.catch(() => undefined);
    this.#underWay = Promise.resolve();
  }

  /** Made one by one when they are encoded, of changes that are made already. */
  #outgoing(part: readonly Change[], checkpoint: Checkpoint): Iterable<OutgoingRecord> {
    const last = stateRecord.checkpoint(this.#config.kafka.stateTopic, checkpoint);
    return {
      *[Symbol.iterator]() {
        for (const change of part) yield* change.outgoing;
        yield last;
      },
    };
  }

  /** Tombstones of a snapshot, and what need not be remembered any longer, at the end of a poll. */
  #disappearing(
    changes: readonly Change[],
    progress: Progress,
    state: FeedState,
    context: PageContext,
  ): Change[] {
    if (!progress.whole)
      return progress.onward && changes.length > 0 ? this.#forgetting(state, progress, context) : [];
    // An answer that is empty, or whose records cannot all be read, does not tell what has disappeared.
    const complete = progress.warning === undefined && !progress.unreadable && progress.fetched > 0;
    const deletions = context.snapshot && complete ? deletionsOf(state, context) : [];
    const any = changes.length + deletions.length > 0;
    return any ? [...deletions, ...this.#forgetting(state, progress, context)] : deletions;
  }

  /** The oldest give way to new ones: beyond what is remembered, repeats are possible (Delivery 2), and it is said. */
  #makingRoom(more: number, progress: Progress, state: FeedState, context: PageContext): Change[] {
    const most = this.#mostRemembered;
    if (state.size + more > most * NEARLY) progress.notice = nearlyFull(most, context.snapshot);
    const excess = state.size + more - most;
    if (excess <= 0) return [];
    // Of a snapshot none may be forgotten: its tombstone would be too.
    const oldest = context.snapshot ? [] : state.oldest(excess + Math.floor(most * ROOM));
    if (oldest.length < excess)
      throw new UpstreamError(
        'TooManyRecords',
        `the API returns more than the ${most} records that can be recognised; ask for fewer, ${context.snapshot ? 'by several feeds' : 'by a cursor or a window'}`,
      );
    return forgettingOf(oldest, context);
  }

  #forgetting(state: FeedState, { newest = '' }: Progress, context: PageContext): Change[] {
    const { window } = this.#config.dedupe;
    const oldest =
      window === undefined || newest === '' ? undefined : Date.parse(newest) - durationMs(window);
    const { generation } = context;
    return forgettingOf(state.expired({ generation, oldest, most: MOST_FORGOTTEN }), context);
  }

  #context(poll: string, generation: number, observedAt: number): PageContext {
    const { kafka, snapshot } = this.#config;
    const { topic, stateTopic, deadLetterTopic } = kafka;
    return {
      topic,
      stateTopic,
      deadLetterTopic,
      poll,
      generation,
      observedAt: new Date(observedAt).toISOString(),
      snapshot,
      redact: (text) => this.#secrets.redact(text),
    };
  }
}

/** A poll that changed nothing publishes nothing; but one that got further must not be begun anew for that. */
function movedBeyond(before: Checkpoint, final: Checkpoint, run: Run): boolean {
  if (run.kind === 'backfill') return true;
  // A page that held nothing new may be read again at no cost but a request.
  const finished = final.pageToken === undefined;
  return final.cursor !== before.cursor || (finished && before.pageToken !== undefined) || run.full;
}

function nearlyFull(most: number, snapshot: boolean): string {
  const so = `the feed has more than ${Math.floor(most * NEARLY)} records to recognise, and ${most} are remembered`;
  return snapshot
    ? `${so}: a snapshot of more fails; divide it among several feeds`
    : `${so}: the oldest would be published again if the API returned them; set dedupe.window`;
}

function count(changes: readonly Change[], kind: Change['kind']): number {
  return countOf(changes.filter((change) => change.kind === kind));
}
