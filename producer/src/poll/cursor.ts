import type { Column } from '@tributary/api';
import { parseEventTime } from '../extract/event-time.ts';
import { detached } from '../extract/detached.ts';
import type { FeedRecord } from '../extract/record.ts';

/** The greater of two values of the cursor column: as times where it is one, as numbers where both are, else as text. */
export function laterCursor(
  column: Column | undefined,
  a: string | undefined,
  b: string | undefined,
): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compare(column, a, b) >= 0 ? a : b;
}

/** Records in an order, as an array has them. */
interface RecordList {
  readonly length: number;
  at(index: number): Pick<FeedRecord, 'eventTime' | 'cells'> | undefined;
}

/** The greatest cursor of some records, oldest event first; undefined where none has one. */
export function greatestCursor(column: Column | undefined, records: RecordList): string | undefined {
  if (column === undefined) return undefined;
  let found: string | undefined;
  for (let index = column.role === 'time' ? firstOfNewest(records) : 0; index < records.length; index += 1)
    found = laterCursor(column, found, records.at(index)?.cells.get(column.name) ?? undefined);
  return found === undefined ? undefined : detached(found);
}

/** Where the cursor is the event time only the newest can be the greatest; several may share its millisecond. */
function firstOfNewest(records: RecordList): number {
  const newest = records.at(-1)?.eventTime;
  if (newest === undefined || newest === '') return 0;
  let from = records.length;
  while (from > 0 && records.at(from - 1)?.eventTime === newest) from -= 1;
  return from;
}

const INTEGER = /^-?\d+$/;
const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

function compare(column: Column | undefined, a: string, b: string): number {
  if (INTEGER.test(a) && INTEGER.test(b)) return sign(BigInt(a) - BigInt(b));
  if (NUMBER.test(a) && NUMBER.test(b)) return Number(a) - Number(b);
  const format = { format: column?.format, zone: column?.zone };
  const [timeA, timeB] = [parseEventTime(a, format), parseEventTime(b, format)];
  if (timeA !== undefined && timeB !== undefined && timeA !== timeB) return timeA - timeB;
  return a < b ? -1 : a > b ? 1 : 0;
}

function sign(difference: bigint): number {
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
