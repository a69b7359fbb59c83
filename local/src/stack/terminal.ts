import pc from 'picocolors';

/** What the run says while it goes: lines that stay, and on a terminal one line that is redrawn. */
export class Terminal {
  readonly #stream: NodeJS.WriteStream;
  readonly #colours: ReturnType<typeof pc.createColors>;
  readonly #startedAt = performance.now();
  #drawn = false;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.#colours = pc.createColors(this.colours);
  }

  get colours(): boolean {
    return this.#stream.isTTY && process.env['NO_COLOR'] === undefined;
  }

  /** A step that has been reached, with the time since the start. */
  step(text: string): void {
    const seconds = ((performance.now() - this.#startedAt) / 1_000).toFixed(1).padStart(6);
    this.line(`${this.#colours.dim(`${seconds} s`)}  ${text}`);
  }

  line(text: string): void {
    this.#clear();
    this.#stream.write(`${text}\n`);
  }

  problem(text: string): void {
    this.#clear();
    process.stderr.write(
      `${pc.createColors(process.stderr.isTTY && process.env['NO_COLOR'] === undefined).red(text)}\n`,
    );
  }

  /** Replaces the last such text; nothing without a terminal. */
  redraw(text: string): void {
    if (!this.#stream.isTTY) return;
    this.#clear();
    this.#stream.write(text.slice(0, Math.max(20, this.#stream.columns - 1)));
    this.#drawn = true;
  }

  #clear(): void {
    if (!this.#drawn) return;
    this.#stream.write('\r\u001b[2K');
    this.#drawn = false;
  }
}
