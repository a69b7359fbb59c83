import type { AnswerOpened, AnswerRead } from '../read/answer-reader.ts';
import type { PageAsked } from '../source/feed-source.ts';
import { LoopCheck } from './loop-check.ts';

/** A page that has been asked for and read, and is not written yet. */
export interface PageRead extends AnswerRead {
  asked: PageAsked;
  /** Bytes that are held for it until it is committed, or characters that its body had, whichever are more. */
  size: number;
  /** Milliseconds since the epoch. */
  observedAt: number;
}

/** Undefined where nothing has changed. `opened` is told how the page goes on as soon as that is known. */
type ReadPage = (
  token: string | undefined,
  cancelled: AbortSignal,
  opened: (answer: AnswerOpened) => void,
) => Promise<PageRead | undefined>;

/** None is begun beside pages of a larger size together. How large it is itself is known only when it is read. */
const MOST_BESIDE = 4 * 1024 * 1024;

/**
 * The pages of a run in their order, each asked for as soon as the one before it says how it goes on: some of them while
 * others are still being read or written.
 */
export class PagesAhead {
  readonly #read: ReadPage;
  readonly #ahead: number;
  readonly #loop: LoopCheck;
  readonly #cancel = new AbortController();
  readonly #begun: Promise<PageRead | undefined>[] = [];
  /** Of the page to begin with next; undefined also where that is the first. */
  #token: string | undefined;
  /** Pages that may still be begun. */
  #left: number;
  /** Whether it is still unknown how the page that was begun last goes on. */
  #asking = false;
  /** Of the pages that are here, up to the one that was taken last. */
  #size = 0;
  #taken: PageRead | undefined;

  constructor(options: {
    read: ReadPage;
    token: string | undefined;
    /** Most pages of the run. */
    pages: number;
    /** Pages that are read, or being read, beside the one that was taken last. */
    ahead: number;
  }) {
    this.#read = options.read;
    this.#token = options.token;
    this.#left = options.pages;
    this.#ahead = options.ahead;
    this.#loop = new LoopCheck(options.token);
  }

  /** The next page; undefined where nothing has changed. To be called as long as there is one. */
  async take(): Promise<PageRead | undefined> {
    if (this.#begun.length === 0) this.#begin();
    const page = await this.#begun.shift();
    this.#size -= this.#taken?.size ?? 0;
    this.#taken = page;
    this.#beginAhead();
    return page;
  }

  /** Gives up what has been begun, and returns when it has come to rest. */
  async cancel(): Promise<void> {
    this.#cancel.abort(new Error('a page before it could not be written'));
    await Promise.allSettled(this.#begun);
  }

  #beginAhead(): void {
    if (this.#cancel.signal.aborted) return;
    const busy = this.#asking || this.#begun.length >= this.#ahead;
    if (!busy && this.#left > 0 && this.#size <= MOST_BESIDE) this.#begin();
  }

  /** A failure is kept for whoever takes the page; nothing is begun after it. */
  #begin(): void {
    this.#left -= 1;
    this.#asking = true;
    const page = this.#next();
    page.catch(() => undefined);
    this.#begun.push(page);
  }

  async #next(): Promise<PageRead | undefined> {
    let known: AnswerOpened | undefined;
    let loop: unknown;
    const opened = (answer: AnswerOpened): void => {
      if (known !== undefined) return;
      known = answer;
      this.#size += answer.chars;
      try {
        this.#goOn(answer);
      } catch (error) {
        loop = error;
      }
    };
    const page = await this.#read(this.#token, this.#cancel.signal, opened);
    if (page === undefined) return undefined;
    opened(page);
    if (loop !== undefined) throw loop as Error;
    this.#size += page.size - page.chars;
    return page;
  }

  #goOn(answer: AnswerOpened): void {
    this.#loop.check(answer);
    this.#token = answer.next;
    if (answer.next === undefined) this.#left = 0;
    this.#asking = false;
    this.#beginAhead();
  }
}
