import { feedRoot } from '@tributary/api';

/** What the name and folder of a file tell; the inverse of the api's `filePath`. */
export interface ParsedPath {
  readonly schema: number;
  readonly date: string;
  readonly partition: number;
  readonly firstOffset: bigint;
  readonly gzip: boolean;
}

const NAME = /^(\d{1,9})-(\d{1,19})\.csv(\.gz)?$/;
const MANIFEST = /^(\d{1,9})-(\d{1,19})\.json$/;

export function parseFileName(name: string): Omit<ParsedPath, 'schema' | 'date'> | undefined {
  const [matched, partition = '', offset = '', gz] = NAME.exec(name) ?? [];
  if (matched === undefined) return undefined;
  return { partition: Number(partition), firstOffset: BigInt(offset), gzip: gz !== undefined };
}

export function parseManifestName(name: string): { partition: number; firstOffset: bigint } | undefined {
  const [matched, partition = '', offset = ''] = MANIFEST.exec(name) ?? [];
  return matched === undefined ? undefined : { partition: Number(partition), firstOffset: BigInt(offset) };
}

/** The number in `schema-<n>` or `schema-<n>.json`. */
export function parseSchemaName(name: string): number | undefined {
  const number = /^schema-(\d{1,9})(\.json)?$/.exec(name)?.[1];
  return number === undefined ? undefined : Number(number);
}

export function isDate(name: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(name);
}

export function metaFolder(feed: string, topicId: string): string {
  return `${feedRoot(feed, topicId)}/_meta`;
}

/** Says under which layout files go on where a schema ended. */
export function closedPath(
  feed: string,
  topicId: string,
  schema: number,
  partition: number,
  firstOffset: bigint,
): string {
  return `${metaFolder(feed, topicId)}/closed/schema-${schema}/${partition}-${firstOffset}.json`;
}

/** Says that records were gone before they could be read. */
export function gapPath(feed: string, topicId: string, partition: number, from: bigint): string {
  return `${metaFolder(feed, topicId)}/gaps/${partition}-${from}.json`;
}
