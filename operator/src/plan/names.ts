import { createHash } from 'node:crypto';

/** A Deployment's name still has to leave room for what its ReplicaSets and pods append within 63 characters. */
const LONGEST_CHILD = 52;
const HASH_LENGTH = 8;

/**
 * `<feed>-<suffix>`: the name of every object beside a StreamSource. All end in a component, so those of `a` and of
 * `a-producer` never meet. A long feed name is cut and told apart by its hash.
 */
export function childName(feed: string, suffix: string): string {
  const plain = `${feed}-${suffix}`;
  if (plain.length <= LONGEST_CHILD) return plain;
  const room = LONGEST_CHILD - suffix.length - HASH_LENGTH - 2;
  const hash = createHash('sha256').update(feed).digest('hex').slice(0, HASH_LENGTH);
  return `${feed.slice(0, room).replace(/-+$/, '')}-${hash}-${suffix}`;
}
