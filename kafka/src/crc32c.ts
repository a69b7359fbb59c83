/** CRC-32C (Castagnoli), which Kafka checks every record batch by; Node's zlib only has the other polynomial. */
const POLYNOMIAL = 0x82f63b78;
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
  const whole = bytes.length - (bytes.length % 8);
  for (; at < whole; at += 8) {
    const low =
      crc ^
      (byteAt(bytes, at) |
        (byteAt(bytes, at + 1) << 8) |
        (byteAt(bytes, at + 2) << 16) |
        (byteAt(bytes, at + 3) << 24));
    crc =
      byteAt(t7, low & 255) ^
      byteAt(t6, (low >>> 8) & 255) ^
      byteAt(t5, (low >>> 16) & 255) ^
      byteAt(t4, low >>> 24) ^
      byteAt(t3, byteAt(bytes, at + 4)) ^
      byteAt(t2, byteAt(bytes, at + 5)) ^
      byteAt(t1, byteAt(bytes, at + 6)) ^
      byteAt(t0, byteAt(bytes, at + 7));
  }
  for (; at < bytes.length; at += 1) crc = byteAt(t0, (crc ^ byteAt(bytes, at)) & 255) ^ (crc >>> 8);
  return (crc ^ -1) >>> 0;
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
