import { createLogUpdate } from 'log-update';
import pc from 'picocolors';

/** What the run says while it goes: lines that stay, and on a terminal a few below them that are drawn anew. */
export class Terminal {
  readonly #stream: NodeJS.WriteStream;
  readonly #live: ReturnType<typeof createLogUpdate>;
  readonly #startedAt = performance.now();
  readonly colour: ReturnType<typeof pc.createColors>;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    // A hidden cursor would stay hidden after a crash.
    this.#live = createLogUpdate(stream, { showCursor: true });
    this.colour = pc.createColors(stream.isTTY === true && process.env['NO_COLOR'] === undefined);
  }

  /** Whether somebody can see lines that are drawn anew. */
  get isLive(): boolean {
    return this.#stream.isTTY;
  }

  get width(): number {
    const DEFAULT_COLUMNS = 120;
    // Some terminals say 0.
    return (this.#stream.isTTY && this.#stream.columns) || DEFAULT_COLUMNS;
  }

  /** A step that has been reached, with the time since the start. */
  step(text: string): void {
    const seconds = ((performance.now() - this.#startedAt) / 1_000).toFixed(1).padStart(6);
    this.line(`${this.colour.dim(`${seconds} s`)}  ${text}`);
  }

  line(text: string): void {
    this.clear();
    this.#stream.write(`${printable(text)}\n`);
  }

  problem(text: string): void {
    this.clear();
    const colour = pc.createColors(process.stderr.isTTY === true && process.env['NO_COLOR'] === undefined);
    process.stderr.write(`${colour.red(printable(text))}\n`);
  }

  /** Replaces what the last call drew; nothing without a terminal. */
  redraw(lines: readonly string[]): void {
    if (this.isLive) this.#live(['', ...lines].map(printable).join('\n'));
  }

  clear(): void {
    if (this.isLive) this.#live.clear();
  }
}

/** Without what would move the cursor, ring or rewrite a terminal: an API's own words are among what is shown. Colours stay. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}(?:\[[\d;]*m)?|[\u202a-\u202e\u2066-\u2069]/gu, (found) => {
    const [control, rest] = [found.charAt(0), found.slice(1)];
    if (control === '\n' || (control === '\u001b' && rest !== '')) return found;
    return control === '\t' ? ` ${rest}` : rest;
  });
}
