import type { Limit } from '../spec/limit.ts';
import { durationMs } from '../units.ts';
import type { Problem } from './problem.ts';
import { isTimeZone, unknownTimeZone } from './time-zone.ts';

export interface LimitAt {
  limit: Limit;
  /** Path of the limit. */
  field: string;
}

const DAY_MS = 86_400_000;

/** What the API server cannot tell of limits: whether their zones exist and whether a wall-clock reset goes with the period. */
export function limitProblems(limits: readonly LimitAt[]): Problem[] {
  return limits.flatMap(({ limit, field }) => [
    ...zoneProblems(limit, field),
    ...resetProblems(limit, field),
  ]);
}

function zoneProblems({ zone }: Limit, field: string): Problem[] {
  return zone === undefined || isTimeZone(zone) ? [] : [unknownTimeZone(`${field}.zone`, zone)];
}

function resetProblems({ resets, per }: Limit, field: string): Problem[] {
  if (resets === undefined || durationMs(per) === DAY_MS) return [];
  return [
    {
      field: `${field}.resets`,
      code: 'RuleBroken',
      message: `a wall-clock reset goes with a daily limit, and this one is per ${per}`,
      remedy: 'set per to 1d, or remove resets for a sliding period',
    },
  ];
}
