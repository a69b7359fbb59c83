import { isTimeZone } from '../validate/time-zone.ts';

/** What the clocks of a zone are ahead of UTC at that time, in milliseconds; those of a zone that does not exist are not. */
export function zoneOffsetMs(zone: string, at: number): number {
  const key = `${zone} ${at}`;
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const offset = isTimeZone(zone) ? offsetOf(zone, at) : 0;
  remembered.set(key, offset);
  return offset;
}

/** Zones are few, and so are the times that are asked for. */
const remembered = new Map<string, number>();

function offsetOf(timeZone: string, at: number): number {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(at);
  const part = (name: string): number => Number(parts.find(({ type }) => type === name)?.value);
  return (
    Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second')) - at
  );
}
