import { byteCount, durationMs, type CsvSpec } from '@tributary/api';

/** A file is complete at whichever comes first. */
export interface CutLimits {
  readonly records: number;
  /** Before compression. */
  readonly bytes: number;
  /** After its first record was written. */
  readonly afterMs: number;
}

export type CutCause = 'records' | 'bytes' | 'age' | 'stop' | 'gap' | 'room';

/** Files go through memory on their way to the volume: a larger limit is taken as this. */
export const MAX_FILE_BYTES = 256 * 1024 * 1024;

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
