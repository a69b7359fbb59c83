/** The log of one run of a container: written with times, bounded, read while it grows. */
import { closeSync, existsSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { formatLine, type LogStream } from './log-line.ts';

export interface LogLimits {
  /** A file that grows past this becomes `<path>.1`, in place of the one before it. @default 10 MiB */
  maxFileBytes: number;
  /** A longer line is cut in pieces, as container runtimes do. @default 16 KiB */
  maxLineBytes: number;
}

export const DEFAULT_LOG_LIMITS: LogLimits = { maxFileBytes: 10 * 1024 * 1024, maxLineBytes: 16 * 1024 };

export class ContainerLog {
  readonly path: string;
  readonly #limits: LogLimits;
  readonly #now: () => number;
  readonly #partial: Record<LogStream, { text: string; decoder: StringDecoder }> = {
    stdout: { text: '', decoder: new StringDecoder('utf8') },
    stderr: { text: '', decoder: new StringDecoder('utf8') },
  };
  readonly #waiters = new Set<() => void>();
  #file: number | undefined;
  #size: number;
  #rotations = 0;

  constructor(path: string, now: () => number, limits: LogLimits = DEFAULT_LOG_LIMITS) {
    this.path = path;
    this.#now = now;
    this.#limits = limits;
    mkdirSync(dirname(path), { recursive: true });
    this.#file = openSync(path, 'a', 0o600);
    this.#size = statSync(path).size;
  }

  get ended(): boolean {
    return this.#file === undefined;
  }

  /** Grows when the file at `path` is another one than before. */
  get rotations(): number {
    return this.#rotations;
  }

  append(stream: LogStream, chunk: Buffer): void {
    const partial = this.#partial[stream];
    const pieces = (partial.text + partial.decoder.write(chunk)).split('\n');
    let rest = pieces.pop() ?? '';
    for (const piece of pieces) this.#line(stream, piece, true);
    while (rest.length >= this.#limits.maxLineBytes) {
      this.#write(stream, rest.slice(0, this.#limits.maxLineBytes), false);
      rest = rest.slice(this.#limits.maxLineBytes);
    }
    partial.text = rest;
    this.#wake();
  }

  /** A line of the node's own, such as why the program could not be started. */
  note(text: string): void {
    this.#line('stderr', text, true);
    this.#wake();
  }

  /** Writes out what came without a last newline. */
  end(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      const { text, decoder } = this.#partial[stream];
      const rest = text + decoder.end();
      if (rest !== '') this.#line(stream, rest, true);
      this.#partial[stream].text = '';
    }
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    this.#wake();
  }

  /** Resolves when something was appended or the log ended after this call. */
  changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiters.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      if (signal.aborted) return resolve();
      this.#waiters.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  #line(stream: LogStream, text: string, whole: boolean): void {
    const { maxLineBytes } = this.#limits;
    let rest = text;
    while (rest.length > maxLineBytes) {
      this.#write(stream, rest.slice(0, maxLineBytes), false);
      rest = rest.slice(maxLineBytes);
    }
    this.#write(stream, rest, whole);
  }

  #write(stream: LogStream, text: string, whole: boolean): void {
    if (this.#file === undefined) return;
    const line = formatLine({ time: new Date(this.#now()).toISOString(), stream, whole, text });
    this.#size += writeSync(this.#file, line);
    if (this.#size >= this.#limits.maxFileBytes) this.#rotate();
  }

  #rotate(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    if (existsSync(this.path)) renameSync(this.path, `${this.path}.1`);
    this.#file = openSync(this.path, 'a', 0o600);
    this.#size = 0;
    this.#rotations += 1;
  }

  #wake(): void {
    for (const wake of [...this.#waiters]) wake();
  }
}
