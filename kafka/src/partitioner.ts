const SEED = 0x9747b28c;
const MIX = 0x5bd1e995;

/** murmur2 as Kafka's own clients hash keys with. */
export function murmur2(key: Uint8Array): number {
  const byte = (index: number): number => key[index] ?? 0;
  let hash = SEED ^ key.length;
  const whole = key.length - (key.length % 4);
  for (let at = 0; at < whole; at += 4) {
    let word = byte(at) | (byte(at + 1) << 8) | (byte(at + 2) << 16) | (byte(at + 3) << 24);
    word = Math.imul(word, MIX);
    word ^= word >>> 24;
    hash = Math.imul(hash, MIX) ^ Math.imul(word, MIX);
  }
  const rest = key.length - whole;
  if (rest > 0) {
    for (let index = rest - 1; index >= 0; index -= 1) hash ^= byte(whole + index) << (8 * index);
    hash = Math.imul(hash, MIX);
  }
  hash ^= hash >>> 13;
  hash = Math.imul(hash, MIX);
  return hash ^ (hash >>> 15);
}

/** Kafka's default: by the hash of the key; without a key all of one transaction goes to `turn`. */
export function partitionOf(key: string | null, partitions: number, turn: number): number {
  if (partitions === 1) return 0;
  return key === null ? turn % partitions : (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions;
}
