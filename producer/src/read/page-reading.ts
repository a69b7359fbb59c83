import { setImmediate as othersTurn } from 'node:timers/promises';
import type { Logger, SecretRegistry } from '@tributary/runtime';
import type { AnswerBytes } from '../fetch/read-answer.ts';
import type { PageAsked } from '../source/feed-source.ts';
import type { AnswerRead, AnswerReader } from './answer-reader.ts';
import type { Hearing, ReadingThread } from './reading-thread.ts';

/** Below, to hand a body over takes longer than to read it. */
const LEAST_BYTES = 16 * 1024;
/** Above, what a body becomes would be more than what the thread may take; no other page is read beside it anyway. */
const MOST_BYTES = 4 * 1024 * 1024;
/** A thread that has nothing to read for so long is ended: it takes some 20 MB. */
const END_AFTER_MS = 10_000;
/** Pages that come more slowly are read here: a thread would be begun for each of them, and wait for it more than it saves. */
const BEGIN_WITHIN_MS = 2_000;
/** What ended a thread may end the next one too: twice as long each time. */
const BEGIN_AGAIN_AFTER_MS = 10 * 60_000;
/** So many pages that only this thread can read are more than chance: the other one is of no use. */
const MOST_UNREAD = 3;

/** Begins a thread; `failed` is to be told when it ends by itself. */
export type BeginThread = (failed: (error: unknown) => void) => ReadingThread;

/** Reads answers: the large ones of polls that have several pages in a thread of their own, the others here. */
export class PageReading {
  readonly #here: AnswerReader;
  readonly #secrets: SecretRegistry;
  readonly #logger: Logger;
  readonly #endAfterMs: number;
  readonly #begin: BeginThread | undefined;
  readonly #now: () => number;
  #thread: ReadingThread | undefined;
  #end: NodeJS.Timeout | undefined;
  /** When the last large page came, and from when a thread may be begun; by `#now`. */
  #lastAt = -Infinity;
  #beginFrom = -Infinity;
  #pauseMs = BEGIN_AGAIN_AFTER_MS;
  /** Pages, one after the other, that the thread could not read and this one could. */
  #unread = 0;

  constructor(
    here: AnswerReader,
    options: {
      secrets: SecretRegistry;
      logger: Logger;
      /** @default all answers are read here */
      beginThread?: BeginThread | undefined;
      /** @default 10,000 */
      endThreadAfterMs?: number | undefined;
      /** Monotonic, in milliseconds. @default performance.now */
      monotonic?: (() => number) | undefined;
    },
  ) {
    this.#here = here;
    this.#secrets = options.secrets;
    this.#logger = options.logger;
    this.#begin = options.beginThread;
    this.#now = options.monotonic ?? (() => performance.now());
    this.#endAfterMs = options.endThreadAfterMs ?? END_AFTER_MS;
  }

  /** Its bytes may be nobody's afterwards. Throws an UpstreamError that says what the answer is instead. */
  async read(given: AnswerBytes, page: PageAsked, hearing: Hearing): Promise<AnswerRead> {
    hearing.signal.throwIfAborted();
    const thread = this.#threadFor(given, page);
    const read = (await thread?.read(given, page, this.#secrets.values, hearing)) ?? { given };
    hearing.signal.throwIfAborted();
    if ('records' in read) {
      this.#unread = 0;
      return read;
    }
    // What could not be read there is read again here, so that errors are the same.
    const answer = await this.#readHere(read.given, page, hearing);
    if (thread !== undefined && read.reason !== undefined) this.#wasUnread(thread, read.reason);
    return answer;
  }

  /** In pieces, between which the broker's answers to the page before are heard. */
  async #readHere(given: AnswerBytes, page: PageAsked, { signal, opened }: Hearing): Promise<AnswerRead> {
    const reading = this.#here.read(given, page);
    for (;;) {
      const { done, value } = reading.next();
      if (done === true) return value;
      if (value !== undefined) opened(value);
      await othersTurn();
      signal.throwIfAborted();
    }
  }

  #threadFor({ bytes }: AnswerBytes, { token }: PageAsked): ReadingThread | undefined {
    if (this.#begin === undefined || bytes.length < LEAST_BYTES || bytes.length > MOST_BYTES)
      return undefined;
    const now = this.#now();
    const soon = now - this.#lastAt < BEGIN_WITHIN_MS;
    this.#lastAt = now;
    if (token === undefined) return undefined;
    if (this.#thread === undefined && soon && now >= this.#beginFrom) this.#thread = this.#begun(this.#begin);
    if (this.#thread === undefined) return undefined;
    this.#end ??= setTimeout(() => this.#endThread(), this.#endAfterMs).unref();
    this.#end.refresh();
    return this.#thread;
  }

  #begun(begin: BeginThread): ReadingThread {
    this.#unread = 0;
    const thread = begin((error) => {
      this.#giveUp(thread, { err: error }, 'the thread that reads large pages has ended');
    });
    return thread;
  }

  #wasUnread(thread: ReadingThread, reason: string): void {
    if (thread !== this.#thread) return;
    this.#unread += 1;
    if (this.#unread < MOST_UNREAD) return;
    thread.end();
    this.#giveUp(thread, { reason }, 'the thread that reads large pages cannot read them');
  }

  /** For a while. */
  #giveUp(thread: ReadingThread, why: Record<string, unknown>, message: string): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    this.#beginFrom = this.#now() + this.#pauseMs;
    this.#pauseMs *= 2;
    this.#logger.warn(why, `${message}; they are read without it`);
  }

  #endThread(): void {
    this.#thread?.end();
    this.#thread = undefined;
    this.#end = undefined;
  }
}
