const DAY_MS = 86_400_000;
const WEEKDAYS = ['Sundays', 'Mondays', 'Tuesdays', 'Wednesdays', 'Thursdays', 'Fridays', 'Saturdays'];
const WORKING = 'Mondays, Tuesdays, Wednesdays, Thursdays and Fridays';
/** Of the year of days that are looked at. */
const MOST_WEEKS = 53;
/** A weekday is named where at least so much of it is meant: the first and the last week may be cut off. */
const MOSTLY = 0.9;

/** `on Fridays`, `on 1 June 2026 and days like it`; empty for no day. `days` since `from`, a midnight in UTC. */
export function whichDays(days: ReadonlySet<number>, from: number): string {
  const dates = [...days].toSorted((a, b) => a - b).map((day) => new Date(from + day * DAY_MS));
  const [first] = dates;
  if (first === undefined) return '';
  const regular = WEEKDAYS.map((name, weekday) => ({
    name,
    weekday,
    count: dates.filter((date) => date.getUTCDay() === weekday).length,
  })).filter(({ count }) => count >= MOSTLY * MOST_WEEKS);
  if (regular.length === 0)
    return `on ${new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(first)}${dates.length > 1 ? ' and days like it' : ''}`;
  if (regular.length === WEEKDAYS.length) return 'on any day';
  // A week begins on Monday.
  const names = regular
    .toSorted((a, b) => ((a.weekday + 6) % 7) - ((b.weekday + 6) % 7))
    .map(({ name }) => name);
  const list = names.length === 1 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  return list === WORKING ? 'from Monday to Friday' : `on ${list}`;
}
