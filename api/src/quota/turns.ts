import type { Limit } from '../spec/limit.ts';
import { durationMs } from '../units.ts';
import { neededWithin, shortestGapMs, type QuotaClaim } from './demand.ts';
import type { Phase } from './phase.ts';

/** Where a period has fewer requests than there are feeds, the slow ones take turns. */
export interface Turns {
  /** By claim key, of those that take turns; the others have requests of their own in every period. */
  phases: Map<string, Phase>;
  /** What is left for whose turn it is, by limit. */
  pools: Map<Limit, number>;
}

/**
 * Each turn is two periods long and used in its first half-period only: requests of two feeds are then always more than
 * a period apart, with half a period to spare for clocks that differ and requests that take their time.
 */
const PERIODS_PER_TURN = 2;
const USED_PART = 0.5;

/** For `tight` limits: those whose period cannot hold a request of every feed. */
export function takeTurns(
  tight: readonly Limit[],
  claims: readonly QuotaClaim[],
): Turns | { overdrawn: string } {
  const longest = tight.reduce((a, b) => (durationMs(b.per) > durationMs(a.per) ? b : a));
  const periodMs = durationMs(longest.per);
  const turnMs = PERIODS_PER_TURN * periodMs;
  const slow = new Set(claims);
  for (;;) {
    const hurried = [...slow].filter((claim) => shortestGapMs(claim) < slow.size * turnMs);
    if (hurried.length === 0) break;
    // The most frequent one gets requests of its own; the round of the others becomes shorter by its turn.
    slow.delete(hurried.reduce((a, b) => (shortestGapMs(b) < shortestGapMs(a) ? b : a)));
  }
  const pools = new Map<Limit, number>();
  for (const limit of tight) {
    const own = claims.reduce(
      (sum, claim) => sum + (slow.has(claim) ? 0 : neededWithin(claim, durationMs(limit.per))),
      0,
    );
    const pool = limit.requests - own;
    if (pool < (slow.size === 0 ? 0 : 1)) return { overdrawn: turnsOverdrawn(limit, own, slow.size, turnMs) };
    pools.set(limit, pool);
  }
  const phases = new Map<string, Phase>();
  for (const { key } of slow) {
    const offsetMs = phases.size * turnMs;
    phases.set(key, { everyMs: slow.size * turnMs, offsetMs, lengthMs: Math.ceil(periodMs * USED_PART) });
  }
  return { phases, pools };
}

function turnsOverdrawn({ requests, per }: Limit, own: number, slow: number, turnMs: number): string {
  const round = slow === 0 ? '' : ` and one for the ${slow} others, who poll in turns of ${turnMs} ms`;
  return `${requests} requests in ${per} are allowed; with it the feeds that poll too often to wait need ${own}${round}: ${own + Math.min(slow, 1)} > ${requests}`;
}
