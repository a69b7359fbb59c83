import { isGzip } from '../files/file-facts.ts';
import { parseSchemaName } from '../files/file-path.ts';
import type { Schema } from '../landing/schema-file.ts';

/** How a file is written, and what decides, beside its first offset, under which name it lands. */
export interface Layout extends Schema {
  readonly schema: number;
  readonly gzip: boolean;
}

export function sameName(a: Pick<Layout, 'schema' | 'gzip'>, b: Pick<Layout, 'schema' | 'gzip'>): boolean {
  return a.schema === b.schema && a.gzip === b.gzip;
}

/** The inverse, of a file's path below the volume's root: `…/schema-<n>/<date>/<name>`. */
export function layoutOfPath(path: string): Pick<Layout, 'schema' | 'gzip'> | undefined {
  const schema = parseSchemaName(path.split('/').at(-3) ?? '');
  return schema === undefined ? undefined : { schema, gzip: isGzip(path) };
}
