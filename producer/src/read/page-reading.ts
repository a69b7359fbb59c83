import { setImmediate as othersTurn } from 'node:timers/promises';
import type { Logger, SecretRegistry } from '@tributary/runtime';
import type { AnswerBytes } from '../fetch/read-answer.ts';
import type { PageAsked } from '../source/feed-source.ts';
import type { AnswerRead, AnswerReader } from './answer-reader.ts';
import type { Opened, ReadingThread } from './reading-thread.ts';

/** Below, to hand a body over takes longer than to read it. */
const LEAST_BYTES = 16 * 1024;
/** Above, what a body becomes would be more than what the thread may take; no other page is read beside it anyway. */
const MOST_BYTES = 4 * 1024 * 1024;
/** A thread that has nothing to read for so long is ended: it takes some 20 MB. */
const END_AFTER_MS = 10_000;

/** Begins a thread; `failed` is to be told when it ends by itself. */
export type BeginThread = (failed: (error: unknown) => void) => ReadingThread;

/** Who waits for an answer. */
export interface Hearing {
  /** Gives it up. */
  readonly signal: AbortSignal;
  /** Is told what it says before its records are read, once or twice. */
  readonly opened: Opened;
}

/** Reads answers: the large ones of polls that have several pages in a thread of their own, the others here. */
export class PageReading {
  readonly #here: AnswerReader;
  readonly #secrets: SecretRegistry;
  readonly #logger: Logger;
  readonly #endAfterMs: number;
  #begin: BeginThread | undefined;
  #thread: ReadingThread | undefined;
  #end: NodeJS.Timeout | undefined;

  constructor(
    here: AnswerReader,
    options: {
      secrets: SecretRegistry;
      logger: Logger;
      /** @default all answers are read here */
      beginThread?: BeginThread | undefined;
      /** @default 10,000 */
      endThreadAfterMs?: number | undefined;
    },
  ) {
    this.#here = here;
    this.#secrets = options.secrets;
    this.#logger = options.logger;
    this.#begin = options.beginThread;
    this.#endAfterMs = options.endThreadAfterMs ?? END_AFTER_MS;
  }

  /** Its bytes may be nobody's afterwards. Throws an UpstreamError that says what the answer is instead. */
  async read(given: AnswerBytes, page: PageAsked, hearing: Hearing): Promise<AnswerRead> {
    const thread = this.#threadFor(given, page);
    const read = await thread?.read(given, page, this.#secrets.values, hearing.opened);
    hearing.signal.throwIfAborted();
    if (read !== undefined && 'records' in read) return read;
    // What could not be read there is read again here, so that errors are the same.
    return await this.#readHere(read ?? given, page, hearing);
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

  /** Undefined until one runs. */
  #threadFor({ bytes }: AnswerBytes, { token }: PageAsked): ReadingThread | undefined {
    if (this.#begin === undefined || token === undefined) return undefined;
    if (bytes.length < LEAST_BYTES || bytes.length > MOST_BYTES) return undefined;
    this.#thread ??= this.#begin((error) => this.#failed(error));
    this.#end ??= setTimeout(() => this.#endThread(), this.#endAfterMs).unref();
    this.#end.refresh();
    return this.#thread;
  }

  /** Whatever ended it would end the next one too. */
  #failed(error: unknown): void {
    this.#begin = undefined;
    this.#logger.warn(
      { err: error },
      'the thread that reads large pages has ended; they are read without it',
    );
  }

  #endThread(): void {
    if (this.#thread?.busy === true) {
      this.#end?.refresh();
      return;
    }
    this.#thread?.end();
    this.#thread = undefined;
    this.#end = undefined;
  }
}
