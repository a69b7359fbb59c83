import pc from 'picocolors';

/** Told what the toolchain is at; the caller decides how to show it. Parts found in the cache are never mentioned. */
export interface Progress {
  start(part: string, estimateSeconds: number): void;
  /** What a started part is doing now. */
  note(part: string, text: string): void;
  done(part: string): void;
  failed(part: string, error: unknown): void;
}

export const silentProgress: Progress = {
  start: () => undefined,
  note: () => undefined,
  done: () => undefined,
  failed: () => undefined,
};

export type ClosableProgress = Progress & {
  /** Ends the drawing; to be called when the last part has ended. */
  close(): void;
};

/** One line per part, redrawn in place on a terminal; elsewhere a plain line for each start and end. */
export function renderProgress(
  stream: NodeJS.WriteStream = process.stderr,
  now: () => number = () => performance.now(),
): ClosableProgress {
  return stream.isTTY ? new TerminalProgress(stream, now) : new LineProgress(stream, now);
}

type Row = { startedAt: number; estimate: number; note: string; ended?: 'done' | 'failed'; seconds?: number };

class LineProgress implements ClosableProgress {
  readonly #started = new Map<string, number>();
  readonly #stream: NodeJS.WritableStream;
  readonly #now: () => number;

  constructor(stream: NodeJS.WritableStream, now: () => number) {
    this.#stream = stream;
    this.#now = now;
  }

  start(part: string, estimateSeconds: number): void {
    this.#started.set(part, this.#now());
    this.#stream.write(`${part}: building (about ${duration(estimateSeconds)})\n`);
  }

  note(): void {}

  done(part: string): void {
    this.#stream.write(`${part}: ready after ${this.#elapsed(part)}\n`);
  }

  failed(part: string): void {
    this.#stream.write(`${part}: failed after ${this.#elapsed(part)}\n`);
  }

  close(): void {}

  #elapsed(part: string): string {
    return duration((this.#now() - (this.#started.get(part) ?? this.#now())) / 1000);
  }
}

class TerminalProgress implements ClosableProgress {
  readonly #rows = new Map<string, Row>();
  readonly #stream: NodeJS.WriteStream;
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;
  #drawn = 0;

  constructor(stream: NodeJS.WriteStream, now: () => number) {
    this.#stream = stream;
    this.#now = now;
  }

  start(part: string, estimateSeconds: number): void {
    this.#rows.set(part, { startedAt: this.#now(), estimate: estimateSeconds, note: '' });
    this.#timer ??= setInterval(() => this.#draw(), 250).unref();
    this.#draw();
  }

  note(part: string, text: string): void {
    const row = this.#rows.get(part);
    if (row !== undefined) row.note = text;
  }

  done(part: string): void {
    this.#end(part, 'done');
  }

  failed(part: string): void {
    this.#end(part, 'failed');
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#draw();
    this.#rows.clear();
    this.#drawn = 0;
  }

  #end(part: string, ended: 'done' | 'failed'): void {
    const row = this.#rows.get(part);
    if (row === undefined) return;
    row.ended = ended;
    row.seconds = (this.#now() - row.startedAt) / 1000;
    this.#draw();
  }

  #draw(): void {
    const width = this.#stream.columns || 80;
    const lines = [...this.#rows].map(([part, row]) => this.#line(part, row, width));
    const up = this.#drawn === 0 ? '' : `\u001B[${this.#drawn}A`;
    this.#stream.write(up + lines.map((line) => `\u001B[2K${line}\n`).join(''));
    this.#drawn = lines.length;
  }

  #line(part: string, row: Row, width: number): string {
    const name = part.padEnd(14);
    if (row.ended !== undefined) {
      const mark = row.ended === 'done' ? pc.green('✓') : pc.red('✗');
      return `${mark} ${name} ${duration(row.seconds ?? 0)}`;
    }
    const times = `${duration((this.#now() - row.startedAt) / 1000)} of about ${duration(row.estimate)}`;
    const room = Math.max(0, width - name.length - times.length - 6);
    return `${pc.cyan('…')} ${name} ${times}  ${pc.dim(row.note.slice(0, room))}`;
  }
}

function duration(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
