/**
 * Divides one key's limits among its feeds, once and for all, so that no two pods ever have to speak to each other:
 * docs/decisions/quota-shares-and-turns.md.
 */
import type { Limit } from '../spec/limit.ts';
import { durationMs } from '../units.ts';
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
  /** For each limit in order, the requests that the feeds that fit need of it. */
  needed: number[];
}

/** `claims` in order of precedence: where they do not all fit, it is those that came last that do not. */
export function divideQuota(limits: readonly Limit[], claims: readonly QuotaClaim[]): QuotaDivision {
  const refused = new Map<string, string>();
  let admitted = [...claims];
  let plan = planFor(limits, admitted);
  if ('overdrawn' in plan) {
    admitted = [];
    for (const claim of claims) {
      const tried = planFor(limits, [...admitted, claim]);
      if ('overdrawn' in tried) refused.set(claim.key, tried.overdrawn);
      else admitted.push(claim);
    }
    plan = planFor(limits, admitted);
    if ('overdrawn' in plan) throw new TypeError('claims that fitted one by one fit together');
  }
  const { shares, needed } = plan;
  return { shares, refused, needed };
}

type Plan = { shares: Map<string, QuotaShare>; needed: number[] } | { overdrawn: string };

function planFor(limits: readonly Limit[], claims: readonly QuotaClaim[]): Plan {
  const needs = limits.map((limit) => claims.map((claim) => neededWithin(claim, durationMs(limit.per))));
  const sums = needs.map((each) => each.reduce((sum, need) => sum + need, 0));
  const tight = limits.filter((limit, index) => (sums[index] ?? 0) > limit.requests);
  const turns = tight.length === 0 ? undefined : takeTurns(tight, claims);
  if (turns !== undefined && 'overdrawn' in turns) return turns;
  const shares = new Map<string, QuotaShare>();
  claims.forEach((claim, index) => {
    const phase = turns?.phases.get(claim.key);
    shares.set(claim.key, {
      limits: limits.map((limit, at) => ({
        ...limit,
        requests: tight.includes(limit)
          ? takenInTurn(limit, claim, turns)
          : evenShare(limit.requests, needs[at]?.[index] ?? 1, sums[at] ?? 1, claims.length),
      })),
      ...(phase === undefined ? {} : { phase }),
    });
  });
  return { shares, needed: sums.map((sum, at) => Math.min(sum, limits[at]?.requests ?? sum)) };
}

function takenInTurn(limit: Limit, claim: QuotaClaim, turns: Turns | undefined): number {
  const need = neededWithin(claim, durationMs(limit.per));
  return turns?.phases.has(claim.key) === true ? (turns.pools.get(limit) ?? need) : need;
}

/**
 * What is over goes to everybody alike, for pages and second tries, in powers of two: a further feed then seldom changes
 * the shares of the others, and so seldom restarts their pods. One feed alone gets everything.
 */
function evenShare(requests: number, need: number, needed: number, feeds: number): number {
  return feeds === 1 ? requests : need * 2 ** Math.floor(Math.log2(requests / needed));
}
