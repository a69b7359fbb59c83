/**
 * Divides one key's limits among its feeds, once and for all, so that no two pods ever have to speak to each other:
 * docs/decisions/quota-shares-and-turns.md.
 */
import type { Limit } from '../spec/limit.ts';
import { durationMs } from '../units.ts';
import { DemandCalendar } from './demand-calendar.ts';
import { neededWithin, type QuotaClaim } from './demand.ts';
import type { Phase } from './phase.ts';
import { takeTurns, type Turns } from './turns.ts';

/** What one feed gets. */
export interface QuotaShare {
  /** In place of the provider's limits; those of all feeds together never pass them. */
  limits: Limit[];
  /** Absent: at any time. */
  phase?: Phase;
}

export interface QuotaDivision {
  /** By claim key, of every feed that fits. */
  shares: Map<string, QuotaShare>;
  /** By claim key: why the feed does not fit, with the arithmetic. */
  refused: Map<string, string>;
  /** For each limit in order, the requests that the feeds that fit need of it in its busiest period. */
  needed: number[];
}

/** A poll may be put off by a whole round, so periods that are longer are shared by the calendar and not by turns. */
const LONGEST_TURN_PERIOD_MS = 3_600_000;

/** `claims` in order of precedence: where they do not all fit, it is those that came last that do not. */
export function divideQuota(limits: readonly Limit[], claims: readonly QuotaClaim[]): QuotaDivision {
  const parts = new Parts(limits, claims);
  const refused = new Map<string, string>();
  let admitted = [...claims];
  let calendars = parts.calendars(admitted);
  let plan = parts.turns(admitted);
  if ('overdrawn' in plan || calendars.some(({ limit, calendar }) => calendar.needed > limit.requests)) {
    ({ admitted, calendars } = oneByOne(parts, claims, refused));
    plan = parts.turns(admitted);
    if ('overdrawn' in plan) throw new TypeError('claims that fitted one by one fit together');
  }
  return share(
    limits,
    admitted,
    refused,
    plan,
    new Map(calendars.map((each) => [each.limit, each.calendar])),
  );
}

interface Kept {
  limit: Limit;
  calendar: DemandCalendar;
}

/** Which limits are kept by the calendar, and which by turns. */
class Parts {
  readonly #long: Limit[];
  readonly #short: Limit[];
  readonly #zones: ReadonlySet<string>;

  constructor(limits: readonly Limit[], claims: readonly QuotaClaim[]) {
    const isLong = ({ resets, per }: Limit): boolean =>
      resets !== undefined || durationMs(per) > LONGEST_TURN_PERIOD_MS;
    this.#long = limits.filter(isLong);
    this.#short = limits.filter((limit) => !isLong(limit));
    this.#zones = new Set(claims.map(({ schedule }) => schedule.timeZone ?? 'UTC'));
  }

  /** With all these feeds in them. */
  calendars(claims: readonly QuotaClaim[]): Kept[] {
    const alike = Map.groupBy(claims, scheduleKey);
    return this.#long.map((limit) => {
      const calendar = new DemandCalendar(limit, this.#zones);
      for (const [claim, ...others] of alike.values())
        if (claim !== undefined) calendar.add(claim, 1 + others.length);
      return { limit, calendar };
    });
  }

  turns(claims: readonly QuotaClaim[]): TurnPlan {
    const sums = new Map(
      this.#short.map((limit) => [
        limit,
        claims.reduce((sum, claim) => sum + neededWithin(claim, durationMs(limit.per)), 0),
      ]),
    );
    const tight = this.#short.filter((limit) => (sums.get(limit) ?? 0) > limit.requests);
    if (tight.length === 0) return { sums, tight, turns: undefined };
    const turns = takeTurns(tight, claims);
    return 'overdrawn' in turns ? turns : { sums, tight, turns };
  }
}

type TurnPlan =
  | { sums: ReadonlyMap<Limit, number>; tight: readonly Limit[]; turns: Turns | undefined }
  | { overdrawn: string };

function oneByOne(
  parts: Parts,
  claims: readonly QuotaClaim[],
  refused: Map<string, string>,
): { admitted: QuotaClaim[]; calendars: Kept[] } {
  const calendars = parts.calendars([]);
  const admitted: QuotaClaim[] = [];
  /** Who has the schedule of one that does not fit does not fit either, and with the same words until one more does. */
  let known = new Map<string, string>();
  for (const claim of claims) {
    const key = scheduleKey(claim);
    const why = known.get(key) ?? whyNot(parts, calendars, admitted, claim);
    if (why === undefined) {
      admitted.push(claim);
      for (const { calendar } of calendars) calendar.add(claim);
      known = new Map();
    } else {
      refused.set(claim.key, why);
      known.set(key, why);
    }
  }
  return { admitted, calendars };
}

function whyNot(
  parts: Parts,
  calendars: readonly Kept[],
  admitted: readonly QuotaClaim[],
  claim: QuotaClaim,
): string | undefined {
  for (const { limit, calendar } of calendars) {
    const { before, own, when } = calendar.beside(claim);
    if (before + own > limit.requests) return inWords(limit, when, admitted.length, before, own);
  }
  const tried = parts.turns([...admitted, claim]);
  return 'overdrawn' in tried ? tried.overdrawn : undefined;
}

function inWords(
  { requests, per, resets }: Limit,
  when: string,
  feeds: number,
  before: number,
  own: number,
): string {
  const who =
    feeds === 0
      ? `this feed alone needs ${own}`
      : `${feeds === 1 ? 'the feed before it needs' : `the ${feeds} feeds before it need`} ${before} and this one ${own}`;
  const allowed = requests === 1 ? '1 request in PER is allowed' : `${requests} requests in PER are allowed`;
  const period = `${resets === undefined ? 'any ' : ''}${per}`;
  return `${allowed.replace('PER', period)}; ${when === '' ? '' : `${when} `}${who}: ${before + own} > ${requests}`;
}

function share(
  limits: readonly Limit[],
  admitted: readonly QuotaClaim[],
  refused: Map<string, string>,
  { sums, tight, turns }: Exclude<TurnPlan, { overdrawn: string }>,
  calendars: ReadonlyMap<Limit, DemandCalendar>,
): QuotaDivision {
  const needed = limits.map((limit) => calendars.get(limit)?.needed ?? sums.get(limit) ?? 0);
  const shares = new Map<string, QuotaShare>();
  for (const claim of admitted) {
    const phase = turns?.phases.get(claim.key);
    shares.set(claim.key, {
      limits: limits.map((limit, at) => {
        const need = neededWithin(claim, durationMs(limit.per));
        const requests = tight.includes(limit)
          ? ((phase === undefined ? undefined : turns?.pools.get(limit)) ?? need)
          : evenShare(limit.requests, need, needed[at] ?? 1, admitted.length);
        return { ...limit, requests };
      }),
      ...(phase === undefined ? {} : { phase }),
    });
  }
  return { shares, refused, needed: needed.map((sum, at) => Math.min(sum, limits[at]?.requests ?? sum)) };
}

/**
 * What is over goes to everybody alike, for pages and second tries, in powers of two: a further feed then seldom changes
 * the shares of the others, and so seldom restarts their pods. One feed alone gets everything.
 */
function evenShare(requests: number, need: number, needed: number, feeds: number): number {
  return feeds === 1 ? requests : need * 2 ** Math.floor(Math.log2(requests / Math.max(1, needed)));
}

function scheduleKey({ schedule }: QuotaClaim): string {
  return JSON.stringify(schedule);
}
