/** Identity shared by everything that speaks of our resources. */
export const GROUP = 'tributary.dev';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

/** `<namespace>.<name>`: the feed's name in Kafka, in the volume and in Databricks. The name is a DNS label, so suffixes never collide. */
export function feedName(namespace: string, name: string): string {
  return `${namespace}.${name}`;
}

export function topicNames(feed: string): { records: string; state: string; deadLetters: string } {
  return { records: feed, state: `${feed}.state`, deadLetters: `${feed}.dlq` };
}

/** Metadata columns that come first in every row (Delivery 3), in this order. */
export const LINEAGE_COLUMNS = [
  '_partition',
  '_offset',
  '_op',
  '_poll',
  '_observed_at',
  '_event_time',
] as const;
/** JSON text of the values that no column declares; always the last column. */
export const UNDECLARED_COLUMN = '_undeclared';

/** Record headers of the records topic. */
export const HEADERS = {
  op: 'op',
  poll: 'poll',
  observedAt: 'observed_at',
  eventTime: 'event_time',
  generation: 'generation',
} as const;
