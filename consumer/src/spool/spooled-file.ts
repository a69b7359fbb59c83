import { basename } from 'node:path';
import { filePath, type CsvDialect } from '@tributary/api';
import { isDate, parseFileName, parseSchemaName } from '../files/file-path.ts';
import type { FileFacts, FilePlace } from '../files/file-facts.ts';

/** A complete file on our disk that waits for its upload. */
export interface SpooledFile extends FilePlace, FileFacts {
  /** Where it is on disk. */
  readonly local: string;
  readonly csv: CsvDialect;
  /** The position from which its partition was read without a break: its predecessor's last offset + 1. */
  readonly from: bigint;
  /** Where reading went on behind it: past the transaction markers that followed, as far as known. */
  readonly next: bigint;
  /** The newest event time of its rows, as far as was looked; unknown after a restart. */
  readonly newestEventMs?: number;
}

export interface SpoolName {
  readonly schema: number;
  readonly date: string;
  readonly partition: number;
  readonly from: bigint;
  readonly next: bigint;
  readonly firstOffset: bigint;
  readonly gzip: boolean;
}

/** `schema-<n>/<date>/<partition>-<from>-<next>-<first offset>.csv[.gz]` below the topic's folder. */
export function spoolPath({ schema, date, partition, from, next, firstOffset, gzip }: SpoolName): string {
  return `schema-${schema}/${date}/${partition}-${from}-${next}-${firstOffset}.csv${gzip ? '.gz' : ''}`;
}

export function parseSpoolPath(path: string): SpoolName | undefined {
  const [schemaFolder = '', date = '', ...rest] = path.split('/');
  const schema = parseSchemaName(schemaFolder);
  const [, partition, from, next, tail] = /^(\d+)-(\d+)-(\d+)-(.+)$/.exec(basename(rest.join('/'))) ?? [];
  const file = tail === undefined ? undefined : parseFileName(`${partition}-${tail}`);
  if (schema === undefined || !isDate(date) || from === undefined || next === undefined || file === undefined)
    return undefined;
  return { schema, date, from: BigInt(from), next: BigInt(next), ...file };
}

export function placeOf(feed: string, topicId: string, name: SpoolName): FilePlace {
  const { schema, date, partition, firstOffset, gzip } = name;
  return {
    path: filePath({ feed, topicId, schema, date, partition, firstOffset: String(firstOffset), gzip }),
    topicId,
    schema,
    partition,
  };
}
