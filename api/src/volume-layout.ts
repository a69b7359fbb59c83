/** Where a feed's files are within a volume (Delivery 4). All paths use `/` and begin below the volume's root. */
export interface FileName {
  feed: string;
  topicId: string;
  schema: number;
  /** UTC date of the first record's `_observed_at`, YYYY-MM-DD. */
  date: string;
  partition: number;
  firstOffset: string;
  gzip: boolean;
}

export function feedRoot(feed: string, topicId: string): string {
  return `${feed}/${topicId}`;
}

export function filePath({ feed, topicId, schema, date, partition, firstOffset, gzip }: FileName): string {
  return `${feedRoot(feed, topicId)}/schema-${schema}/${date}/${partition}-${firstOffset}.csv${gzip ? '.gz' : ''}`;
}

export function manifestPath(feed: string, topicId: string, partition: number, firstOffset: string): string {
  return `${feedRoot(feed, topicId)}/_meta/manifests/${partition}-${firstOffset}.json`;
}

export function schemaPath(feed: string, topicId: string, schema: number): string {
  return `${feedRoot(feed, topicId)}/_meta/schema-${schema}.json`;
}

/** `/Volumes/<catalog>/<schema>/<volume>`. */
export function volumeRoot(volume: { catalog: string; schema: string; volume: string }): string {
  return `/Volumes/${volume.catalog}/${volume.schema}/${volume.volume}`;
}

/** What follows each file: proof of its content. */
export interface Manifest {
  path: string;
  topicId: string;
  schema: number;
  partition: number;
  firstOffset: string;
  lastOffset: string;
  rows: number;
  bytes: number;
  sha256: string;
}
