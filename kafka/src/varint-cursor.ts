/** Reads the numbers and texts of a record, one after the other. */
export class VarintCursor {
  readonly bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  /** Zigzag; multiplied rather than shifted, as timestamps may exceed 32 bits. */
  varint(): number {
    let byte = this.bytes[this.at++] ?? 0;
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
    let value = byte & 0x7f;
    for (let factor = 0x80; byte >= 0x80; factor *= 0x80) {
      if (this.at >= this.bytes.length) throw new Error('it ends within a number');
      byte = this.bytes[this.at++] ?? 0;
      value += (byte & 0x7f) * factor;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  text(): string {
    const length = this.varint();
    if (length <= 0) return '';
    this.at += length;
    return this.bytes.toString('utf8', this.at - length, this.at);
  }
}
