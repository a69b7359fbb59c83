import type { PageRecords } from '../dedupe/changes.ts';
import type { PageAnswer, PageAsked } from '../source/feed-source.ts';

/** A page that has been asked for and read, and is not written yet. Its body is not kept: only what it came to. */
export interface PageRead extends Pick<PageAnswer, 'next' | 'warning'> {
  asked: PageAsked;
  records: PageRecords;
  /** Records in the answer, readable or not. */
  count: number;
  /** Of the body. */
  fingerprint: string;
  /** Length of the body. */
  chars: number;
  /** Milliseconds since the epoch. */
  observedAt: number;
}

type Read = (token: string | undefined, cancelled: AbortSignal) => Promise<PageRead | undefined>;

/** Reads one page ahead of the one that is being written, and never more. */
export class PageAhead {
  readonly #read: Read;
  readonly #cancel = new AbortController();
  #begun: { token: string | undefined; page: Promise<PageRead | undefined> } | undefined;

  constructor(read: Read) {
    this.#read = read;
  }

  /** Its failure is kept for whoever takes the page. */
  begin(token: string | undefined): void {
    const page = this.#read(token, this.#cancel.signal);
    page.catch(() => undefined);
    this.#begun = { token, page };
  }

  /** The page, begun before or only now. */
  take(token: string | undefined): Promise<PageRead | undefined> {
    const begun = this.#begun;
    this.#begun = undefined;
    return begun?.token === token && begun !== undefined
      ? begun.page
      : this.#read(token, this.#cancel.signal);
  }

  /** Gives up what has been begun, and returns when it has come to rest. */
  async cancel(): Promise<void> {
    this.#cancel.abort(new Error('the page before it could not be written'));
    await this.#begun?.page.catch(() => undefined);
  }
}
