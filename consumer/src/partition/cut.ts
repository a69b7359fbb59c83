import { byteCount, durationMs, type CsvSpec } from '@tributary/api';

/** A file is complete at whichever comes first. */
export interface CutLimits {
  readonly records: number;
  /** Before compression. */
  readonly bytes: number;
  /** After its first record was written. */
  readonly afterMs: number;
}

export type CutCause = 'records' | 'bytes' | 'age' | 'stop' | 'gap' | 'layout';

/** Files go through memory on their way to the volume: a larger limit is taken as this. */
const MAX_FILE_BYTES = 256 * 1024 * 1024;

export function cutLimits({ cut }: CsvSpec): CutLimits {
  return {
    records: cut.records,
    bytes: Math.min(byteCount(cut.bytes), MAX_FILE_BYTES),
    afterMs: durationMs(cut.after),
  };
}

/** Why a file of this size is complete; undefined while it is not. */
export function dueBySize(rows: number, textBytes: number, limits: CutLimits): CutCause | undefined {
  if (rows >= limits.records) return 'records';
  return textBytes >= limits.bytes ? 'bytes' : undefined;
}

interface Sized {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

/** How much is encoded at once: enough to be fast, little enough that a file overshoots `bytes` by no more. */
const MAX_CHUNK_BYTES = 256 * 1024;
const MAX_CHUNK_RECORDS = 1_000;

/** Index after the last record of the next chunk, at least one record long. */
export function chunkEnd(records: readonly Sized[], start: number, room: number): number {
  let bytes = 0;
  let end = start;
  const limit = Math.min(records.length, start + Math.min(room, MAX_CHUNK_RECORDS));
  while (end < limit && bytes < MAX_CHUNK_BYTES) {
    const record = records[end];
    bytes += (record?.key?.length ?? 0) + (record?.value?.length ?? 0);
    end += 1;
  }
  return end;
}
