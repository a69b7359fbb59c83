import { MAX_TRANSACTION_BYTES, mostRecordBytes, recordBytes } from '@tributary/kafka';
import type { Change } from '../dedupe/changes.ts';

/** Room for the checkpoint that ends every transaction. */
const CHECKPOINT_BYTES = 16_384;
/** More than this would take too long to acknowledge within one transaction. */
const MAX_TRANSACTION_CHANGES = 10_000;

/** Splits the changes of a page into transactions within the limits, in their order (Delivery 1). */
export function splitChanges(
  changes: readonly Change[],
  limits: { bytes: number; changes: number } = {
    bytes: MAX_TRANSACTION_BYTES - CHECKPOINT_BYTES,
    changes: MAX_TRANSACTION_CHANGES,
  },
): Change[][] {
  if (changes.length === 0) return [];
  // Most pages are far from the limits, and their texts need not be measured.
  if (countOf(changes) <= limits.changes && most(changes) <= limits.bytes) return [[...changes]];
  const parts: Change[][] = [];
  let part: Change[] = [];
  let [bytes, count] = [0, 0];
  for (const change of changes) {
    let size = 0;
    for (const record of change.outgoing) size += recordBytes(record);
    if (part.length > 0 && (bytes + size > limits.bytes || count + change.count > limits.changes)) {
      parts.push(part);
      part = [];
      [bytes, count] = [0, 0];
    }
    part.push(change);
    bytes += size;
    count += change.count;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}

/** Things that change. */
export function countOf(changes: readonly Change[]): number {
  return changes.reduce((sum, { count }) => sum + count, 0);
}

function most(changes: readonly Change[]): number {
  let bytes = 0;
  for (const change of changes)
    if (change.mostBytes === undefined)
      for (const record of change.outgoing) bytes += mostRecordBytes(record);
    else bytes += change.mostBytes;
  return bytes;
}
