import type { Column, FeedSeries, Problem } from '@tributary/api';
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
  /** Whether only a record itself, seen again, tells that it has not changed; else any later news of the feed does. */
  each: boolean;
}

/**
 * What the notebooks leave out if it is not seen again (`notebooks/tributary/provisional.py`, which judges all that has
 * landed by the same rule: `notebooks/tests/provisional-cases.json`): records that an answer of `observed` told of before
 * they were final.
 */
export function provisionalOf(
  records: readonly FeedRecord[],
  series: FeedSeries | undefined,
  observed: number,
): Provisional | undefined {
  if (series?.provisional !== 'last') return undefined;
  const timed = records.filter(({ eventTime }) => eventTime !== '');
  const found = [...Map.groupBy(timed, ({ key }) => key).values()].flatMap((ofKey) =>
    leftOut(ofKey, series, observed),
  );
  if (found.length === 0) return undefined;
  return {
    times: [...new Set(found.map(({ time }) => time))].sort().reverse(),
    count: found.length,
    until: new Date(found.reduce((last, { until }) => Math.max(last, until), 0)).toISOString(),
    each: !series.whole,
  };
}

const DAY_MS = 86_400_000;

/** Of one key: what is not final, and what a bar of a later day in the same unfinished period takes the place of. */
function leftOut(
  ofKey: readonly FeedRecord[],
  { frequency, availableAfter, zone: declared = 'UTC' }: FeedSeries,
  observed: number,
): { time: string; until: number }[] {
  const zone = isCountedByClock(frequency) ? declared : 'UTC';
  const instant = (clock: number): number => inZone(clock, zone) ?? clock;
  const placed = ofKey.map(({ eventTime }) => {
    const wall = wallIn(Date.parse(eventTime), zone);
    return { time: eventTime, wall, begin: beginOfPeriod(wall, frequency) };
  });
  const first = placed.reduce((least, { wall, begin = wall }) => Math.min(least, begin), Infinity);
  const longest = placed.reduce((most, { wall, begin = wall }) => Math.max(most, wall - begin), 0);
  const newest = new Map<number, number>();
  for (const { wall, begin = wall } of placed) newest.set(begin, Math.max(wall, newest.get(begin) ?? wall));

  const final = ({ wall, begin }: (typeof placed)[number], end: number): number => {
    if (availableAfter === undefined) return end;
    if (begin === undefined) return addPeriod(wall, availableAfter);
    // A week is dated by its last day of trade, which moves while it lasts. The first one has no example.
    if (begin === first) return end;
    const usual = begin + Math.max(wall - begin, Math.min(longest, end - begin - DAY_MS));
    return addPeriod(usual, availableAfter);
  };
  return placed.flatMap((bar) => {
    const { time, wall, begin = wall } = bar;
    const end = addPeriod(begin, frequency);
    const superseded = (newest.get(begin) ?? wall) > wall && observed < instant(end);
    const until = superseded ? instant(end) : instant(final(bar, end));
    return superseded || until > observed ? [{ time, until }] : [];
  });
}

const OF_THE_CALENDAR = new Set(['1w', '1mo', '3mo', '1y']);

/** Where nothing says whose weeks or months they are, a midnight east of Greenwich is taken for the day before. */
export function zoneProblems(
  records: readonly FeedRecord[],
  columns: readonly Column[],
  series: FeedSeries | undefined,
): Problem[] {
  if (series?.provisional !== 'last' || series.zone !== undefined || !OF_THE_CALENDAR.has(series.frequency))
    return [];
  const elsewhere = records.find(
    ({ eventTime }) => eventTime !== '' && !eventTime.includes('T00:00:00.000Z'),
  );
  const zoneFrom = columns.find(({ role }) => role === 'time')?.zoneFrom;
  if (elsewhere === undefined && zoneFrom === undefined) return [];
  const example =
    elsewhere === undefined ? `zoneFrom is ${zoneFrom}` : `one begins at ${elsewhere.eventTime}`;
  return [
    {
      field: 'spec.series.zone',
      code: 'MissingField',
      message: `periods of ${series.frequency} are counted in UTC, and ${example}: what is still being made may be taken for final`,
      remedy: 'say in zone whose days they are, such as Europe/Berlin; UTC if they are those of UTC',
    },
  ];
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
/** Begin and usual end of a week from Monday. */
const USUAL = new Set([1, 5]);
const ENOUGH_WEEKS = 3;

/** Of bars of a week that all are dated by one day which suggests weeks that begin elsewhere. */
export function weekWarning(
  records: readonly FeedRecord[],
  series: FeedSeries | undefined,
): string | undefined {
  if (series?.provisional !== 'last' || series.frequency !== '1w') return undefined;
  const times = new Set(records.map(({ eventTime }) => eventTime).filter((time) => time !== ''));
  const days = new Set(
    [...times].map((time) => new Date(wallIn(Date.parse(time), series.zone ?? 'UTC')).getUTCDay()),
  );
  const [day] = days;
  if (times.size < ENOUGH_WEEKS || days.size > 1 || day === undefined || USUAL.has(day)) return undefined;
  return `every week is dated by a ${DAYS[day]}, and 1w is a week from Monday: where a week begins on that day, use frequency: 7d`;
}
