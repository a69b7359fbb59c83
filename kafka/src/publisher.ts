import type { OutgoingRecord } from './records.ts';

/** At most this much in one transaction (Delivery 1), keys, values and headers counted. */
export const MAX_TRANSACTION_BYTES = 10_000_000;
/** At most this long from its begin to its commit (Delivery 1). */
export const MAX_TRANSACTION_MS = 10_000;

export interface PublisherOptions {
  readonly transactionalId: string;
  /**
   * After this time the broker aborts a transaction whose producer has died for good; a new one does so at once. Longer than
   * a broker takes to restart: who was timed out cannot be told from who was fenced, and has to stop.
   * @default 60_000
   */
  readonly transactionTimeoutMs?: number;
}

/**
 * The one producer of a transactional id.
 *
 * `open` fences every earlier producer and settles its last transaction, so that state read afterwards is final.
 * After `publish` has thrown call `open` again and read the state again, whatever it threw; after KafkaFenced stop.
 */
export interface TransactionalPublisher {
  open(signal?: AbortSignal): Promise<void>;
  /**
   * Writes `records` and makes them visible together, in their order within each topic and partition, or not at all. A call
   * before the last one has returned waits for it, encoded; when that has failed, were it only for its records or because
   * its signal gave it up, nothing is published until `open` is called. A signal that has been given before the call has it
   * never begun, and changes nothing. `records` may be asked for more than once until it returns.
   */
  publish(records: Iterable<OutgoingRecord>, signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

const OVERHEAD = 64;
const HEADER_OVERHEAD = 8;
const MOST_BYTES_PER_CHAR = 3;

/** Size of a record as counted against MAX_TRANSACTION_BYTES; an upper bound of what goes over the wire. */
export function recordBytes(record: OutgoingRecord): number {
  return measured(record, Buffer.byteLength);
}

/** A bound that is found without looking at the texts; where it is within a limit, `recordBytes` is too. */
export function mostRecordBytes(record: OutgoingRecord): number {
  return measured(record, (text) => text.length * MOST_BYTES_PER_CHAR);
}

function measured(record: OutgoingRecord, length: (text: string) => number): number {
  const { packed, sharedHeaders } = record;
  const content = packed === undefined ? measuredContent(record, length) : packed.to - packed.from;
  return OVERHEAD + content + (sharedHeaders === undefined ? 0 : measuredHeaders(sharedHeaders, length));
}

function measuredContent({ key, value, headers }: OutgoingRecord, length: (text: string) => number): number {
  const bytes = (key === null ? 0 : length(key)) + (value === null ? 0 : length(value));
  return headers === undefined ? bytes : bytes + measuredHeaders(headers, length);
}

function measuredHeaders(
  headers: Readonly<Record<string, string>>,
  length: (text: string) => number,
): number {
  let bytes = 0;
  for (const name in headers) bytes += HEADER_OVERHEAD + length(name) + length(headers[name] ?? '');
  return bytes;
}
