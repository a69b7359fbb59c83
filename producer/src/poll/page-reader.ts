import type { Clock } from '@tributary/runtime';
import type { Hearing } from '../read/reading-thread.ts';
import type { PageRecords } from '../read/read-page.ts';
import type { PageAsked } from '../source/feed-source.ts';
import type { Asker } from './asker.ts';
import type { PageRead } from './pages-ahead.ts';
import { pollReached } from './poll-steps.ts';

/** Fetches pages and reads their records. */
export class PageReader {
  readonly #asker: Asker;
  readonly #clock: Clock;

  constructor(asker: Asker, clock: Clock) {
    this.#asker = asker;
    this.#clock = clock;
  }

  /** Undefined where nothing has changed since the last answer. */
  async read(asked: PageAsked, hearing: Hearing): Promise<PageRead | undefined> {
    const read = await this.#asker.ask(asked, hearing);
    if (read === undefined) return undefined;
    pollReached('extracted');
    const size = Math.max(read.chars, heldBytes(read.records));
    return { ...read, asked, size, observedAt: this.#clock.now() };
  }
}

/** Records may repeat what is around them, and so take more than their body. */
function heldBytes({ records, bad }: PageRecords): number {
  return bad.reduce((sum, { raw }) => sum + raw.length, records.bytes);
}
