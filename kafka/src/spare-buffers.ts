/** Above, a buffer is for once. */
const LARGEST_BYTES = 2 * 1024 * 1024;
const MOST = 6;

/**
 * Buffers that are used again and again: new ones of hundreds of kilobytes, several for each page, are fetched from the system
 * and given back to it each time. Whoever gives one back must be done with it, sockets included.
 */
export class SpareBuffers {
  /** Weakly: a pod that has nothing to publish any more lets them be collected. */
  #spare: WeakRef<Buffer>[] = [];

  /** Of at least so many bytes, with anything in it. */
  take(bytes: number): Buffer {
    const known = this.#spare.map((spare) => spare.deref()).filter((buffer) => buffer !== undefined);
    const fitting = known.filter(({ length }) => length >= bytes).sort((a, b) => a.length - b.length)[0];
    this.#spare = known.filter((buffer) => buffer !== fitting).map((buffer) => new WeakRef(buffer));
    return fitting ?? Buffer.allocUnsafeSlow(bytes);
  }

  give(buffer: Buffer): void {
    const whole = Buffer.from(buffer.buffer as ArrayBuffer);
    if (whole.length > LARGEST_BYTES || this.#spare.length >= MOST) return;
    this.#spare.push(new WeakRef(whole));
  }
}
