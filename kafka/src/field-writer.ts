const NULL_LENGTH = 1; // -1 in zigzag
const LONGEST_VARINT = 5;
const MOST_BYTES_PER_CHAR = 3;
/** Its length takes one byte. */
const SHORT = 40;

/** Of a number that is not negative, zigzag already applied. */
export function varintSize(zigzag: number): number {
  let size = 1;
  for (let rest = zigzag >>> 7; rest !== 0; rest >>>= 7) size += 1;
  return size;
}

/**
 * Writes the fields of Kafka's records one after the other into one buffer, which grows and has its memory to itself, so
 * that it can be given back or to another thread. Every text is looked at once: its
 * length is guessed from its characters, and what follows is moved in the rare case that the guess was short.
 */
export class FieldWriter {
  buffer: Buffer;
  at: number;

  /** Begins at `at`, in a buffer of so many bytes or in one that is given. */
  constructor(guess: number | Buffer, at = 0) {
    this.buffer = typeof guess === 'number' ? Buffer.allocUnsafeSlow(Math.max(guess, at)) : guess;
    this.at = at;
  }

  byte(value: number): void {
    this.#ensure(1);
    this.buffer[this.at] = value;
    this.at += 1;
  }

  varint(zigzag: number): void {
    this.#ensure(LONGEST_VARINT);
    const { buffer } = this;
    let rest = zigzag;
    while (rest > 127) {
      buffer[this.at] = (rest & 127) | 128;
      this.at += 1;
      rest >>>= 7;
    }
    buffer[this.at] = rest;
    this.at += 1;
  }

  bytes(bytes: Buffer, from = 0, to = bytes.length): void {
    // Such as of what has been given back: nothing would be copied, and what the buffer held before be sent.
    if (to > bytes.length) throw new RangeError(`there are ${bytes.length} bytes, and not ${to}`);
    this.#ensure(to - from);
    bytes.copy(this.buffer, this.at, from, to);
    this.at += to - from;
  }

  /** Characters up to U+00FF, a byte each, without their length. */
  latin1(text: string): void {
    this.#ensure(text.length);
    const { buffer, at } = this;
    for (let index = 0; index < text.length; index += 1) buffer[at + index] = text.charCodeAt(index);
    this.at = at + text.length;
  }

  /** A text behind its length. */
  field(text: string | null): void {
    if (text === null) {
      this.byte(NULL_LENGTH);
      return;
    }
    if (text.length <= SHORT && this.#short(text)) return;
    const lengthAt = this.reserve(text.length);
    this.#ensure(text.length * MOST_BYTES_PER_CHAR);
    this.at += this.buffer.write(text, this.at, 'utf8');
    this.putLength(lengthAt, text.length);
  }

  /** Of ASCII alone, else nothing is written: to call out for a short text takes longer than to write it. */
  #short(text: string): boolean {
    this.#ensure(1 + text.length);
    const { buffer, at } = this;
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (code > 127) return false;
      buffer[at + 1 + index] = code;
    }
    buffer[at] = text.length << 1;
    this.at = at + 1 + text.length;
    return true;
  }

  /** Room for the length of what follows, which is guessed; the place of it. */
  reserve(guess: number): number {
    this.#ensure(LONGEST_VARINT);
    const lengthAt = this.at;
    this.at += varintSize(guess << 1);
    return lengthAt;
  }

  /** Writes how much stands behind the room that was reserved for it, and makes that room fit. */
  putLength(lengthAt: number, guess: number): void {
    const reserved = varintSize(guess << 1);
    const from = lengthAt + reserved;
    const length = this.at - from;
    const needed = varintSize(length << 1);
    if (needed !== reserved) {
      this.#ensure(LONGEST_VARINT);
      this.buffer.copyWithin(lengthAt + needed, from, from + length);
    }
    this.at = lengthAt;
    this.varint(length << 1);
    this.at += length;
  }

  /** Gives back what is not used where less than such a share of the buffer is. */
  trim(wellFilled: number): void {
    if (this.at >= this.buffer.length * wellFilled) return;
    const fitting = Buffer.allocUnsafeSlow(this.at);
    this.buffer.copy(fitting, 0, 0, this.at);
    this.buffer = fitting;
  }

  /** Room for so many more bytes. */
  #ensure(bytes: number): void {
    const needed = this.at + bytes;
    if (needed <= this.buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(larger, 0, 0, this.at);
    this.buffer = larger;
  }
}
