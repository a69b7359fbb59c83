/** Cuts a stream of bytes into lines, as a watch sends them, none longer than `maxBytes`. */
const NEWLINE = 0x0a;

export class LineSplitter {
  readonly #maxBytes: number;
  #parts: Buffer[] = [];
  #held = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether a line has begun that has not ended. */
  get isMidLine(): boolean {
    return this.#held > 0;
  }

  /** The lines that `chunk` completes, without their ends; blank ones are left out. Throws a RangeError past the limit. */
  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#hold(chunk.subarray(start, end));
      const line = (this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts))?.toString('utf8');
      this.#parts = [];
      this.#held = 0;
      if (line !== undefined && line.trim() !== '') lines.push(line);
      start = end + 1;
    }
    this.#hold(chunk.subarray(start));
    return lines;
  }

  #hold(part: Buffer): void {
    if (part.length === 0) return;
    this.#held += part.length;
    if (this.#held > this.#maxBytes) throw new RangeError(`a line is longer than ${this.#maxBytes} bytes`);
    this.#parts.push(part);
  }
}
