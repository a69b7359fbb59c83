import { digest } from '../extract/digest.ts';
import type { ExactJson } from '../extract/exact-json.ts';
import { FlatRecords, type RawRecords } from '../extract/flat/flat-records.ts';
import { BadRecordError, type AroundRecord, type FeedRecord, type RecordShape } from '../extract/record.ts';
import { SMALLER_PAGES } from '../fetch/page-bounds.ts';
import { UpstreamError } from '../fetch/upstream-error.ts';
import type { PackedRecords } from './packed-records.ts';
import { RecordPacker, type Remembered } from './record-packer.ts';

/** A page, read: records that can be taken, oldest event first, and those that cannot. */
export interface PageRecords {
  records: PackedRecords;
  bad: { raw: string; reason: string; identity: string }[];
}

/** A body of kilobytes can become records of gigabytes, where each repeats what is around it. */
const MOST_CHARS = 256 * 1024 * 1024;
/** Below the 1 MiB that Kafka takes by default, with room for headers; a larger record would be refused for ever. */
const LARGEST_RECORD_BYTES = 960 * 1024;
const MOST_BYTES_PER_CHAR = 3;
/** They take about half a millisecond. */
const RECORDS_AT_A_TIME = 128;

export interface ReadPageOptions {
  /** Characters that the records have together. @default 268,435,456 */
  mostChars?: number | undefined;
  /** Has what is to be remembered of the records packed with them. */
  remembered?: Remembered | undefined;
}

/** A page at one go. */
export function readPage(...options: Parameters<typeof readingPage>): PageRecords {
  return atOneGo(readingPage(...options));
}

/** What `reading` comes to; `told` hears what it yields. */
export function atOneGo<Y, R>(reading: Generator<Y, R>, told?: (yielded: Y) => void): R {
  for (;;) {
    const { done, value } = reading.next();
    if (done === true) return value;
    told?.(value);
  }
}

/**
 * Of several records of one identity on a page the last counts: a page is one observation. Yields now and then, so that
 * whoever reads a page while another is committed can let the broker's answers be heard.
 */
export function* readingPage(
  raw: RawRecords,
  shape: RecordShape,
  around: AroundRecord,
  { mostChars = MOST_CHARS, remembered }: ReadPageOptions = {},
): Generator<undefined, PageRecords> {
  let chars = 0;
  const count = (more: number): void => {
    chars += more;
    if (chars > mostChars)
      throw new UpstreamError(
        'ResponseTooLarge',
        `a page whose records have more than ${mostChars} characters together: ${SMALLER_PAGES}`,
      );
  };
  const packer = new RecordPacker(raw.length, remembered);
  const bad: PageRecords['bad'] = [];
  for (let at = 0; at < raw.length; at += 1) {
    if (at % RECORDS_AT_A_TIME === RECORDS_AT_A_TIME - 1) yield;
    try {
      const record =
        raw instanceof FlatRecords
          ? shape.readFlat(raw, at, around)
          : shape.read(raw[at] as ExactJson, around);
      assertFits(record);
      count(record.key.length + record.value.length);
      packer.add(record);
    } catch (error) {
      if (!(error instanceof BadRecordError)) throw error;
      const text = JSON.stringify(raw instanceof FlatRecords ? raw.tree(at) : raw[at]);
      count(text.length);
      bad.push({ raw: text, reason: error.message, identity: digest('dead letter', error.message, text) });
    }
  }
  return { records: packer.packed(), bad };
}

function assertFits({ key, value }: FeedRecord): void {
  if ((key.length + value.length) * MOST_BYTES_PER_CHAR <= LARGEST_RECORD_BYTES) return;
  const bytes = Buffer.byteLength(value) + Buffer.byteLength(key);
  if (bytes > LARGEST_RECORD_BYTES)
    throw new BadRecordError(`the record has ${bytes} bytes; at most ${LARGEST_RECORD_BYTES} fit into Kafka`);
}
