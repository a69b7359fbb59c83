import { durationMs, httpOf, mostPollsWithin, type StreamSourceSpec } from '@tributary/api';

const DAY_MS = 86_400_000;

/** Requests a day, against what the limits of the source allow, when each poll takes so many pages (at least, where more follow). */
export function demandOf({ source, schedule }: StreamSourceSpec, pages = 1, more = false): string {
  const asked = mostPollsWithin(schedule, DAY_MS);
  const polls = asked * pages;
  const limits = source.alphaVantage?.limits ?? httpOf(source)?.limits ?? [];
  const each = pages === 1 ? '' : ` (${asked.toLocaleString('en')} polls of ${pages} pages)`;
  const least = `${more ? 'more than' : 'at least'} ${polls.toLocaleString('en')} request${polls === 1 ? '' : 's'} a day${each}`;
  if (source.quotaRef !== undefined) return `${least}, out of APIQuota ${source.quotaRef.name}`;
  if (limits.length === 0) return `${least}; no limits are given`;
  const [tightest] = limits
    .map(({ requests, per }) => ({ requests, per, aDay: (requests * DAY_MS) / durationMs(per) }))
    .sort((a, b) => a.aDay - b.aDay);
  if (tightest === undefined) return least;
  const share = Math.round((polls / tightest.aDay) * 100);
  return `${least} of ${Math.floor(tightest.aDay).toLocaleString('en')} allowed (${tightest.requests} per ${tightest.per}): ${share < 1 ? 'less than 1' : share} %`;
}
