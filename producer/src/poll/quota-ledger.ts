import { durationMs, msToPhase, type Limit, type Phase } from '@tributary/api';
import { z } from 'zod';

/** Buckets that a sliding period is divided into: the ledger stays small, and errs on the side of waiting. */
const BUCKETS = 32;

const ledgerSchema = z.array(
  z.object({ limit: z.string(), buckets: z.array(z.tuple([z.number(), z.number()])) }),
);

interface Book {
  limit: Limit;
  perMs: number;
  /** Start of the bucket in ms → requests in it, oldest first. */
  buckets: [number, number][];
}

/** Counts requests against every limit, so that none is ever passed, over restarts too. */
export class QuotaLedger {
  readonly #books: Book[];
  readonly #phase: Phase | undefined;

  /**
   * `saved` is what an earlier process committed to `.state`; what it spent counts against the limit of the same period,
   * also where a quota allots another share of it by now. `phase` is the feed's turn at a shared limit.
   */
  constructor(limits: readonly Limit[], saved?: string, phase?: Phase) {
    this.#phase = phase;
    const before = saved === undefined ? [] : ledgerSchema.parse(JSON.parse(saved));
    this.#books = limits.map((limit) => ({
      limit,
      perMs: durationMs(limit.per),
      buckets: before.find(({ limit: name }) => name === nameOf(limit))?.buckets ?? [],
    }));
  }

  /** 0 when a request may be sent now, else the milliseconds until one may. */
  waitMs(now: number): number {
    const wait = Math.max(0, ...this.#books.map((book) => this.#waitFor(book, now)));
    return this.#phase === undefined ? wait : wait + msToPhase(this.#phase, now + wait);
  }

  /** Counts one request. Only to be called when `waitMs` is 0. */
  spend(now: number): void {
    for (const book of this.#books) {
      const width = book.perMs / BUCKETS;
      const start = Math.floor(now / width) * width;
      const last = book.buckets.at(-1);
      if (last?.[0] === start) last[1] += 1;
      else book.buckets.push([start, 1]);
    }
  }

  /** Requests left in the tightest period; undefined without limits. */
  remaining(now: number): number | undefined {
    const left = this.#books.map((book) => book.limit.requests - this.#spent(book, now));
    return left.length === 0 ? undefined : Math.max(0, Math.min(...left));
  }

  /** Milliseconds until the next period with a fixed begin; undefined where no limit has one. */
  msToReset(now: number): number | undefined {
    const waits = this.#books
      .filter(({ limit }) => limit.resets !== undefined)
      .map((book) => Math.max(1, periodStart(book, now) + book.perMs - now));
    return waits.length === 0 ? undefined : Math.min(...waits);
  }

  toJSON(): unknown {
    return this.#books.map(({ limit, buckets }) => ({ limit: nameOf(limit), buckets }));
  }

  #spent(book: Book, now: number): number {
    const from = periodStart(book, now);
    // A bucket counts until its last moment has left the period.
    const width = book.limit.resets === undefined ? book.perMs / BUCKETS : 0;
    book.buckets = book.buckets.filter(([start]) => start + width > from || start >= from);
    return book.buckets.reduce((sum, [, count]) => sum + count, 0);
  }

  #waitFor(book: Book, now: number): number {
    let excess = this.#spent(book, now) + 1 - book.limit.requests;
    if (excess <= 0) return 0;
    if (book.limit.resets !== undefined) return Math.max(1, periodStart(book, now) + book.perMs - now);
    for (const [start, count] of book.buckets) {
      excess -= count;
      if (excess <= 0) return Math.max(1, Math.ceil(start + book.perMs / BUCKETS + book.perMs - now));
    }
    return book.perMs;
  }
}

function nameOf({ per, resets, zone }: Limit): string {
  return [per, resets, zone].filter((part) => part !== undefined).join(' ');
}

/** When the period that `now` lies in began: now − per for a sliding one, the last reset for a daily one. */
function periodStart({ limit, perMs }: Book, now: number): number {
  if (limit.resets === undefined) return now - perMs;
  const clock = wallClock(now, limit.zone ?? 'UTC');
  const [hour = 0, minute = 0] = limit.resets.split(':').map(Number);
  const since = clock - (hour * 3_600_000 + minute * 60_000);
  return now - (since >= 0 ? since : since + 86_400_000);
}

/** Milliseconds since local midnight in `zone`. */
function wallClock(now: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(now);
  const part = (type: string): number => Number(parts.find((it) => it.type === type)?.value ?? 0);
  return part('hour') * 3_600_000 + part('minute') * 60_000 + part('second') * 1_000 + (now % 1_000);
}
