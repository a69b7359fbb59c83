import type { Column, FeedSeries } from '@tributary/api';
import type { FeedRecord } from '../extract/record.ts';
import { addPeriod, beginOfPeriod, isCountedByClock } from '../extract/time/period.ts';
import { inZone, wallIn } from '../extract/time/zone.ts';

/** Records of an answer that may still change, by the declaration of the feed as a series. */
export interface Provisional {
  /** Event times of them, newest first; several keys may share one. */
  times: readonly string[];
  count: number;
  /** When the newest of them changes no more. */
  until: string;
}

/**
 * What the notebooks leave out if it is not seen again (`notebooks/tributary/provisional.py`, which judges all that has
 * landed): records that an answer of `observed` told of before they were final.
 */
export function provisionalOf(
  records: readonly FeedRecord[],
  columns: readonly Column[],
  series: FeedSeries | undefined,
  observed: number,
): Provisional | undefined {
  if (series?.provisional !== 'last') return undefined;
  const zone = columns.find(({ role }) => role === 'time')?.zone ?? 'UTC';
  const end = finality(records, series, zone);
  const found = records
    .filter(({ eventTime }) => eventTime !== '')
    .map((record) => ({ time: record.eventTime, until: end(record) }))
    .filter(({ until }) => until > observed);
  if (found.length === 0) return undefined;
  return {
    times: [...new Set(found.map(({ time }) => time))].sort().reverse(),
    count: found.length,
    until: new Date(Math.max(...found.map(({ until }) => until))).toISOString(),
  };
}

const DAY_MS = 86_400_000;

/** When a record changes no more: so long after its event time, else at the end of its period. */
function finality(
  records: readonly FeedRecord[],
  { frequency, availableAfter }: FeedSeries,
  declaredZone: string,
): (record: FeedRecord) => number {
  const zone = isCountedByClock(frequency) ? declaredZone : 'UTC';
  const instant = (clock: number): number => inZone(clock, zone) ?? clock;
  const placeOf = ({ eventTime }: FeedRecord) => {
    const wall = wallIn(Date.parse(eventTime), zone);
    return { wall, begin: beginOfPeriod(wall, frequency) };
  };
  const placed = records.filter(({ eventTime }) => eventTime !== '').map(placeOf);
  const begins = placed.map(({ wall, begin = wall }) => begin).reduce((a, b) => Math.min(a, b), Infinity);
  const longest = placed.map(({ wall, begin = wall }) => wall - begin).reduce((a, b) => Math.max(a, b), 0);
  return (record) => {
    const { wall, begin } = placeOf(record);
    const end = addPeriod(begin ?? wall, frequency);
    if (availableAfter === undefined) return instant(end);
    if (begin === undefined) return instant(addPeriod(wall, availableAfter));
    // A week is dated by its last day of trade, which moves while it lasts. The first one has no example.
    if (begin === begins) return instant(end);
    const usual = begin + Math.max(wall - begin, Math.min(longest, end - begin - DAY_MS));
    return instant(addPeriod(usual, availableAfter));
  };
}
