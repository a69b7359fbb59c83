/** Which feeds poll in which period of a long limit: docs/decisions/quota-shares-and-turns.md. */
import type { Limit } from '../spec/limit.ts';
import { durationMs } from '../units.ts';
import { whichDays } from './day-words.ts';
import { neededWithin, type QuotaClaim } from './demand.ts';
import { fireTimes, HORIZON_FROM, HORIZON_MS } from './fire-times.ts';
import { zoneOffsetMs } from './zone-offset.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Zones differ by at most that, so that no listed time lies outside of the calendar. */
const MARGIN_MS = 2 * DAY_MS;
const FROM = HORIZON_FROM - MARGIN_MS;
/** A sliding period is looked at in so many steps, but none is shorter than a minute, the unit of cron. */
const STEPS = 1_440;
/** Pages, second tries and the wait for a turn: a poll may send requests for so long after its time. */
const LINGER_MS = 30 * MINUTE_MS;
/** Winter and summer: only the days between them, when some zones have changed and others not, are not looked at. */
const SEASONS = [Date.UTC(2026, 0, 15), Date.UTC(2026, 6, 15)];

/** The periods, by number, in which the requests of one poll may be counted, and the day of its time. */
interface Visit {
  from: number;
  /** Not included. */
  to: number;
  /** Since FROM: of a period with a wall-clock begin, else as the feed's own zone has it. */
  day: number;
}

/**
 * Requests that feeds need of a limit in each of its periods within a year: a feed needs what it needs in its busiest
 * period in every one in which it polls, and nothing in others.
 */
export class DemandCalendar {
  readonly #limit: Limit;
  readonly #perMs: number;
  /** A period with a wall-clock begin is a day; a sliding one is numbered by the step that it begins with. */
  readonly #stepMs: number;
  readonly #seasons: { at: number; sums: Int32Array }[];
  /** What feeds need at any time. */
  #always = 0;
  #most = 0;

  /** `zones` of all feeds that may be added. */
  constructor(limit: Limit, zones: ReadonlySet<string>) {
    this.#limit = limit;
    this.#perMs = durationMs(limit.per);
    this.#stepMs = limit.resets === undefined ? Math.max(MINUTE_MS, this.#perMs / STEPS) : DAY_MS;
    const count = Math.ceil((HORIZON_MS + 2 * MARGIN_MS) / this.#stepMs);
    this.#seasons = seasonsOf(new Set([...zones, this.#zone])).map((at) => ({
      at,
      sums: new Int32Array(count),
    }));
  }

  /** Requests that are needed in the busiest period. */
  get needed(): number {
    return this.#always + this.#most;
  }

  /** So many `feeds` with this schedule. */
  add(claim: QuotaClaim, feeds = 1): void {
    const need = feeds * neededWithin(claim, this.#perMs);
    if (this.#visits(claim, SEASONS[0] ?? 0) === undefined) this.#always += need;
    for (const { at, sums } of this.#seasons) {
      let counted = 0;
      for (const { from, to } of this.#visits(claim, at) ?? []) {
        // Visits come in order; where they overlap, the feed needs no more than once.
        for (let period = Math.max(from, counted); period < to; period += 1) {
          const sum = (sums[period] ?? 0) + need;
          sums[period] = sum;
          if (sum > this.#most) this.#most = sum;
        }
        counted = Math.max(counted, to);
      }
    }
  }

  /** What the feeds so far need in the busiest period that `claim` polls in, and the days on which they leave too little. */
  beside(claim: QuotaClaim): { before: number; own: number; when: string } {
    const own = neededWithin(claim, this.#perMs);
    const room = this.#limit.requests - own - this.#always;
    let most = 0;
    const days = new Set<number>();
    for (const { at, sums } of this.#seasons) {
      let counted = 0;
      for (const { from, to, day } of this.#visits(claim, at) ?? this.#anyTime(sums.length)) {
        for (let period = Math.max(from, counted); period < to; period += 1) {
          const sum = sums[period] ?? 0;
          if (sum > most) most = sum;
          if (sum > room) days.add(day);
        }
        counted = Math.max(counted, to);
      }
    }
    return { before: most + this.#always, own, when: this.#perMs > DAY_MS ? '' : this.#inWords(days) };
  }

  /** A sliding period reaches into the days beside it. */
  #inWords(days: ReadonlySet<number>): string {
    const words = whichDays(days, FROM);
    return this.#limit.resets === undefined ? words.replace(/^on (?!any)/, 'around ') : words;
  }

  get #zone(): string {
    return this.#limit.zone ?? 'UTC';
  }

  /** For each time that the feed polls at, in order. Undefined: at any time. */
  #visits({ schedule }: QuotaClaim, season: number): Visit[] | undefined {
    const { cron, timeZone = 'UTC', jitter } = schedule;
    const times = cron === undefined ? undefined : fireTimes(cron);
    if (times === undefined) return undefined;
    const lingerMs = LINGER_MS + (jitter === undefined ? 0 : durationMs(jitter));
    const { resets } = this.#limit;
    const step = (ms: number): number => Math.floor(ms / this.#stepMs);
    return times.map((time) => {
      const local = time - FROM;
      const utc = local - zoneOffsetMs(timeZone, season);
      if (resets === undefined) {
        const from = Math.max(0, step(utc - this.#perMs) + 1);
        return { from, to: step(utc + lingerMs) + 1, day: Math.floor(local / DAY_MS) };
      }
      const sinceReset = utc + zoneOffsetMs(this.#zone, season) - wallClockMs(resets);
      const from = step(sinceReset);
      return { from, to: step(sinceReset + lingerMs) + 1, day: from };
    });
  }

  #anyTime(periods: number): Visit[] {
    return Array.from({ length: periods }, (_, period) => ({
      from: period,
      to: period + 1,
      day: Math.floor((period * this.#stepMs) / DAY_MS),
    }));
  }
}

/** Two where the zones change their clocks in different ways, else one. */
function seasonsOf(zones: ReadonlySet<string>): number[] {
  const apart = (at: number): string => {
    const offsets = [...zones].map((zone) => zoneOffsetMs(zone, at));
    return offsets.map((offset) => offset - (offsets[0] ?? 0)).join(' ');
  };
  const [winter = 0, summer = 0] = SEASONS;
  return apart(winter) === apart(summer) ? [winter] : [winter, summer];
}

/** `HH:MM`. */
function wallClockMs(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return (hours * 60 + minutes) * MINUTE_MS;
}
