import { durationMs, msToPhase, type Limit, type Phase } from '@tributary/api';
import { z } from 'zod';
import { inZone } from '../extract/time/zone.ts';

/** Buckets that a sliding period is divided into: the ledger stays small, and errs on the side of waiting. */
const BUCKETS = 32;

const ledgerSchema = z.object({
  limits: z.array(z.object({ limit: z.string(), buckets: z.array(z.tuple([z.number(), z.number()])) })),
  /** When the last request was counted; milliseconds since the epoch, as all times here. */
  last: z.number().optional(),
  /** The API has said to ask nothing before. */
  pausedUntil: z.number().optional(),
});

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
  #last: number | undefined;
  #pausedUntil: number | undefined;

  /**
   * `saved` is what an earlier process committed to `.state`; what it spent counts against the limit of the same period,
   * also where a quota allots another share of it by now. `phase` is the feed's turn at a shared limit.
   */
  constructor(limits: readonly Limit[], saved?: string, phase?: Phase) {
    this.#phase = phase;
    const before = saved === undefined ? { limits: [] } : ledgerSchema.parse(JSON.parse(saved));
    this.#last = before.last;
    this.#pausedUntil = before.pausedUntil;
    this.#books = limits.map((limit) => ({
      limit,
      perMs: durationMs(limit.per),
      buckets: before.limits.find(({ limit: name }) => name === nameOf(limit))?.buckets ?? [],
    }));
  }

  /** 0 when a request may be sent now, else the milliseconds until one may. */
  waitMs(now: number): number {
    const wait = Math.max(0, this.pausedMs(now), ...this.#books.map((book) => this.#waitFor(book, now)));
    return this.#phase === undefined ? wait : wait + msToPhase(this.#phase, now + wait);
  }

  /** Counts one request. Only to be called when `waitMs` is 0. */
  spend(now: number): void {
    this.#last = now;
    for (const book of this.#books) {
      const width = book.perMs / BUCKETS;
      // A bucket that began before the reset would be forgotten with the day before.
      const start = Math.max(Math.floor(now / width) * width, resetBefore(book, now) ?? 0);
      const last = book.buckets.at(-1);
      if (last?.[0] === start) last[1] += 1;
      else book.buckets.push([start, 1]);
    }
  }

  /** When the last request was counted, in this process or an earlier one. */
  get last(): number | undefined {
    return this.#last;
  }

  /** The API has said to wait, by a header: longer than `until` so far, or not. */
  pause(until: number): void {
    this.#pausedUntil = Math.max(until, this.#pausedUntil ?? 0);
  }

  /** Milliseconds that are left of what the API has said to wait. */
  pausedMs(now: number): number {
    return Math.max(0, (this.#pausedUntil ?? 0) - now);
  }

  /** Requests left in the tightest period; undefined without limits. */
  remaining(now: number): number | undefined {
    const left = this.#books.map((book) => book.limit.requests - this.#spent(book, now));
    return left.length === 0 ? undefined : Math.max(0, Math.min(...left));
  }

  /** Milliseconds until the next period with a fixed begin; undefined where no limit has one. */
  msToReset(now: number): number | undefined {
    const waits = this.#books
      .flatMap((book) => resetAfter(book, now) ?? [])
      .map((reset) => Math.max(1, reset - now));
    return waits.length === 0 ? undefined : Math.min(...waits);
  }

  toJSON(): z.input<typeof ledgerSchema> {
    return {
      limits: this.#books.map(({ limit, buckets }) => ({ limit: nameOf(limit), buckets })),
      ...(this.#last === undefined ? {} : { last: this.#last }),
      ...(this.#pausedUntil === undefined ? {} : { pausedUntil: this.#pausedUntil }),
    };
  }

  #spent(book: Book, now: number): number {
    const from = resetBefore(book, now) ?? now - book.perMs;
    // A bucket counts until its last moment has left the period.
    const width = book.limit.resets === undefined ? book.perMs / BUCKETS : 0;
    book.buckets = book.buckets.filter(([start]) => start + width > from || start >= from);
    return book.buckets.reduce((sum, [, count]) => sum + count, 0);
  }

  #waitFor(book: Book, now: number): number {
    let excess = this.#spent(book, now) + 1 - book.limit.requests;
    if (excess <= 0) return 0;
    const reset = resetAfter(book, now);
    if (reset !== undefined) return Math.max(1, reset - now);
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

const DAY_MS = 86_400_000;

/** When the day of a daily limit began; undefined for a sliding period. */
function resetBefore({ limit }: Book, now: number): number | undefined {
  if (limit.resets === undefined) return undefined;
  const today = resetOn(limit, now, 0);
  return today <= now ? today : resetOn(limit, now, -1);
}

function resetAfter({ limit }: Book, now: number): number | undefined {
  if (limit.resets === undefined) return undefined;
  const today = resetOn(limit, now, 0);
  return today > now ? today : resetOn(limit, now, 1);
}

/** The reset on the day that `now` is in its zone, or on one beside it: days have 23 or 25 hours when clocks change. */
function resetOn({ resets = '00:00', zone = 'UTC' }: Limit, now: number, days: number): number {
  const [hour = 0, minute = 0] = resets.split(':').map(Number);
  const wall = localMidnight(now, zone) + days * DAY_MS + (hour * 60 + minute) * 60_000;
  return inZone(wall, zone) ?? wall;
}

/** Midnight of the local day as if it were UTC. */
function localMidnight(now: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
  }).formatToParts(now);
  const part = (type: string): number => Number(parts.find((it) => it.type === type)?.value ?? 0);
  return Date.UTC(part('year'), part('month') - 1, part('day'));
}
