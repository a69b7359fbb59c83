import type { CsvSpec } from '@tributary/api';
import type { Schema } from '../landing/schema-file.ts';

/** What decides, beside its first offset, under which name a file lands. */
export interface LayoutName {
  readonly schema: number;
  readonly gzip: boolean;
}

/** How a file is written, and under which name. */
export interface Layout extends LayoutName, Schema {}

export function compressionOf(gzip: boolean): CsvSpec['compression'] {
  return gzip ? 'gzip' : 'none';
}
