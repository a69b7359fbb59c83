import type { Column, CsvSpec } from '@tributary/api';
import { isGzip } from '../files/file-facts.ts';
import { parseSchemaName } from '../files/file-path.ts';

/** What decides, beside its first offset, under which name a file lands. */
export interface LayoutName {
  readonly schema: number;
  readonly gzip: boolean;
}

export interface Layout extends LayoutName {
  readonly columns: readonly Column[];
}

export function compressionOf(gzip: boolean): CsvSpec['compression'] {
  return gzip ? 'gzip' : 'none';
}

/** The inverse, of a file's path below the volume's root: `…/schema-<n>/<date>/<name>`. */
export function layoutOfPath(path: string): LayoutName | undefined {
  const schema = parseSchemaName(path.split('/').at(-3) ?? '');
  return schema === undefined ? undefined : { schema, gzip: isGzip(path) };
}
