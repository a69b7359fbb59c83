import { endianness } from 'node:os';

/** CRC-32C (Castagnoli), which Kafka checks every record batch by; Node's zlib only has the other polynomial. */
const POLYNOMIAL = 0x82f63b78;
const WORD_BYTES = 4;
/** Eight tables let eight bytes be taken at once: batches are most of what a producer computes. */
const TABLES: readonly Int32Array[] = buildTables();

export function crc32c(bytes: Uint8Array): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES as [
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  let crc = -1;
  let at = 0;
  for (; at < bytes.length && (bytes.byteOffset + at) % WORD_BYTES !== 0; at += 1)
    crc = byteAt(t0, (crc ^ byteAt(bytes, at)) & 255) ^ (crc >>> 8);
  const words = wordsOf(bytes, at);
  for (let word = 0; word < words.length; word += 2) {
    const low = crc ^ (words[word] as number);
    const high = words[word + 1] as number;
    crc =
      byteAt(t7, low & 255) ^
      byteAt(t6, (low >>> 8) & 255) ^
      byteAt(t5, (low >>> 16) & 255) ^
      byteAt(t4, low >>> 24) ^
      byteAt(t3, high & 255) ^
      byteAt(t2, (high >>> 8) & 255) ^
      byteAt(t1, (high >>> 16) & 255) ^
      byteAt(t0, high >>> 24);
  }
  at += words.byteLength;
  for (; at < bytes.length; at += 1) crc = byteAt(t0, (crc ^ byteAt(bytes, at)) & 255) ^ (crc >>> 8);
  return (crc ^ -1) >>> 0;
}

/** Pairs of words of the machine, where it has the lowest byte first; elsewhere none, and each byte is taken by itself. */
function wordsOf(bytes: Uint8Array, from: number): Int32Array {
  const words = Math.floor((bytes.length - from) / (2 * WORD_BYTES)) * 2;
  return words === 0 || endianness() === 'BE'
    ? new Int32Array()
    : new Int32Array(bytes.buffer, bytes.byteOffset + from, words);
}

/** Every index above is within its array. */
function byteAt(array: Uint8Array | Int32Array, index: number): number {
  return array[index] as number;
}

function buildTables(): Int32Array[] {
  const tables = Array.from({ length: 8 }, () => new Int32Array(256));
  const [first = new Int32Array(256), ...others] = tables;
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    first[byte] = crc;
  }
  let before = first;
  for (const table of others) {
    for (let byte = 0; byte < 256; byte += 1) {
      const crc = byteAt(before, byte);
      table[byte] = (crc >>> 8) ^ byteAt(first, crc & 255);
    }
    before = table;
  }
  return tables;
}
