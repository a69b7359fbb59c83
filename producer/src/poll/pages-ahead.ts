import type { PageRecords } from '../dedupe/changes.ts';
import type { PageAnswer, PageAsked } from '../source/feed-source.ts';
import { LoopCheck } from './loop-check.ts';

/** A page that has been asked for and read, and is not written yet. Its body is not kept: only what it came to. */
export interface PageRead extends Pick<PageAnswer, 'next' | 'warning'> {
  asked: PageAsked;
  records: PageRecords;
  /** Records in the answer, readable or not. */
  count: number;
  /** Of the body. */
  fingerprint: string;
  /** Bytes that are held for it until it is committed, or characters that its body had, whichever are more. */
  size: number;
  /** Milliseconds since the epoch. */
  observedAt: number;
}

/** None is begun beside pages of a larger size together. How large it is itself is known only when it is read. */
const MOST_BESIDE = 4 * 1024 * 1024;

/**
 * The pages of a run in their order, each asked for when the one before it is read: some of them while that one is still
 * being written.
 */
export class PagesAhead {
  readonly #read: (token: string | undefined, cancelled: AbortSignal) => Promise<PageRead | undefined>;
  readonly #ahead: number;
  readonly #loop: LoopCheck;
  readonly #cancel = new AbortController();
  readonly #begun: Promise<PageRead | undefined>[] = [];
  /** Of the page to begin with next; undefined also where that is the first. */
  #token: string | undefined;
  /** Pages that may still be begun. */
  #left: number;
  #reading = false;
  /** Of the pages that are read, up to the one that was taken last. */
  #size = 0;
  #taken: PageRead | undefined;

  constructor(options: {
    read: (token: string | undefined, cancelled: AbortSignal) => Promise<PageRead | undefined>;
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
    const busy = this.#reading || this.#begun.length >= this.#ahead;
    if (!busy && this.#left > 0 && this.#size <= MOST_BESIDE) this.#begin();
  }

  /** A failure is kept for whoever takes the page; nothing is begun after it. */
  #begin(): void {
    this.#left -= 1;
    this.#reading = true;
    const page = this.#next();
    page.catch(() => undefined);
    this.#begun.push(page);
  }

  async #next(): Promise<PageRead | undefined> {
    const page = await this.#read(this.#token, this.#cancel.signal);
    if (page === undefined) return undefined;
    this.#loop.check(page);
    this.#size += page.size;
    this.#token = page.next;
    if (page.next === undefined) this.#left = 0;
    this.#reading = false;
    this.#beginAhead();
    return page;
  }
}
