import { HASH_CHARS, type Seen } from './seen-table.ts';

/** Before an identity: the key of its record in `.state`. */
export const SEEN = 'seen/';

/**
 * What is kept of a record: [hash, event time in ms or null, generation], then 1 for a dead letter else 0, then the Kafka key
 * where snapshots need it. Short, as there is one for every record.
 */
export function seenText({ hash, time, generation, dead, key }: Seen): string {
  const rest = dead === undefined && key === undefined ? '' : `,${dead === true ? 1 : 0}`;
  const ofKey = key === undefined ? '' : `,${JSON.stringify(key)}`;
  return `["${hash.slice(0, HASH_CHARS)}",${Number.isNaN(time) ? 'null' : time},${generation}${rest}${ofKey}]`;
}
