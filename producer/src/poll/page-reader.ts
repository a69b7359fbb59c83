import { setImmediate as othersTurn } from 'node:timers/promises';
import type { Clock } from '@tributary/runtime';
import { readingPage, type PageRecords } from '../dedupe/changes.ts';
import type { RecordShape } from '../extract/record.ts';
import { SMALLER_PAGES } from '../fetch/http-fetcher.ts';
import { UpstreamError } from '../fetch/upstream-error.ts';
import type { PageAnswer, PageAsked } from '../source/feed-source.ts';
import type { Asker } from './asker.ts';
import { detached } from './cursor.ts';
import type { PageRead } from './pages-ahead.ts';
import { pollReached } from './poll-steps.ts';

const MOST_OF_PAGE = 1_000_000;

export interface PageBoundsOptions {
  /** Records of one page that are read. @default 1,000,000 */
  mostOfPage?: number;
  /** Characters that the records of one page have together. @default 268,435,456 */
  mostChars?: number;
}

/** Fetches pages and reads their records. */
export class PageReader {
  readonly #asker: Asker;
  readonly #shape: RecordShape;
  readonly #clock: Clock;
  readonly #bounds: PageBoundsOptions;

  constructor(asker: Asker, shape: RecordShape, options: PageBoundsOptions & { clock: Clock }) {
    this.#asker = asker;
    this.#shape = shape;
    this.#clock = options.clock;
    this.#bounds = options;
  }

  /** Undefined where nothing has changed since the last answer. */
  async read(asked: PageAsked, signal: AbortSignal, cancelled: AbortSignal): Promise<PageRead | undefined> {
    const { answer, notModified, fingerprint, chars } = await this.#asker.ask(asked, signal, cancelled);
    if (notModified) return undefined;
    const { next, warning } = answer;
    this.#assertFits(answer.records.length);
    const records = await this.#records(answer, AbortSignal.any([signal, cancelled]));
    const read = {
      asked,
      fingerprint,
      size: Math.max(chars, heldBytes(records)),
      records,
      count: answer.records.length,
      observedAt: this.#clock.now(),
      ...(next === undefined ? {} : { next: detached(next) }),
      ...(warning === undefined ? {} : { warning }),
    };
    pollReached('extracted');
    return read;
  }

  /** In pieces, between which the broker's answers to the page before are heard. */
  async #records(answer: PageAnswer, signal: AbortSignal): Promise<PageRecords> {
    const reading = readingPage(answer.records, this.#shape, answer, this.#bounds.mostChars);
    for (;;) {
      const { done, value } = reading.next();
      if (done === true) return value;
      await othersTurn();
      signal.throwIfAborted();
    }
  }

  #assertFits(records: number): void {
    const { mostOfPage = MOST_OF_PAGE } = this.#bounds;
    if (records > mostOfPage)
      throw new UpstreamError(
        'ResponseTooLarge',
        `a page of ${records} records; at most ${mostOfPage} are read at once: ${SMALLER_PAGES}`,
      );
  }
}

/** Records may repeat what is around them, and so take more than their body. */
function heldBytes({ records, bad }: PageRecords): number {
  return bad.reduce((sum, { raw }) => sum + raw.length, records.bytes);
}
