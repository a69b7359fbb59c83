/** Reads a container's log as `kubectl logs` asks for it. */
import { type FileHandle, open } from 'node:fs/promises';
import type { ContainerLog } from './container-log.ts';
import { parseLine } from './log-line.ts';

export interface LogQuery {
  follow: boolean;
  timestamps: boolean;
  tailLines: number | undefined;
  /** Milliseconds since the epoch. */
  since: number | undefined;
  limitBytes: number | undefined;
}

const CHUNK_BYTES = 64 * 1024;

/** `live` is the log while the container runs; without it what the files hold is all. */
export async function* readLog(
  path: string,
  live: ContainerLog | undefined,
  query: LogQuery,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  let left = query.limitBytes ?? Infinity;
  for await (const text of query.tailLines === undefined
    ? shown(path, live, query, signal)
    : tail(path, live, query, signal)) {
    const bytes = Buffer.byteLength(text);
    if (bytes > left) {
      yield Buffer.from(text).subarray(0, left).toString('utf8');
      return;
    }
    left -= bytes;
    yield text;
  }
}

async function* shown(
  path: string,
  live: ContainerLog | undefined,
  query: LogQuery,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  for await (const line of lines(path, live, query.follow, signal)) {
    if (line === undefined) continue;
    const text = show(line, query);
    if (text !== undefined) yield text;
  }
}

/** Keeps the last lines of what is there, then goes on with what comes. */
async function* tail(
  path: string,
  live: ContainerLog | undefined,
  query: LogQuery,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  const wanted = query.tailLines ?? 0;
  const last: string[] = [];
  let present = true;
  for await (const line of lines(path, live, query.follow, signal)) {
    if (line === undefined) {
      if (present) yield* last.splice(0);
      present = false;
      continue;
    }
    const text = show(line, query);
    if (text === undefined) continue;
    if (!present) yield text;
    else if (wanted > 0) {
      last.push(text);
      if (last.length > wanted) last.shift();
    }
  }
  if (present) yield* last;
}

function show(line: string, { timestamps, since }: LogQuery): string | undefined {
  const parsed = parseLine(line);
  if (parsed === undefined) return undefined;
  if (since !== undefined && Date.parse(parsed.time) < since) return undefined;
  const text = timestamps ? `${parsed.time} ${parsed.text}` : parsed.text;
  return parsed.whole ? `${text}\n` : text;
}

/** The lines as stored, the rotated file first. `undefined`: everything that is there now was given. */
async function* lines(
  path: string,
  live: ContainerLog | undefined,
  follow: boolean,
  signal: AbortSignal,
): AsyncGenerator<string | undefined, void, undefined> {
  const rotated = await openIfThere(`${path}.1`);
  if (rotated !== undefined) yield* whole(rotated);
  let file = await openIfThere(path);
  let rotations = live?.rotations;
  const reader = new LineReader();
  try {
    while (file !== undefined && !signal.aborted) {
      // Before reading: what is appended during it wakes us again.
      const changed = follow && live !== undefined && !live.ended ? live.changed(signal) : undefined;
      for await (const line of reader.read(file)) yield line;
      if (live !== undefined && live.rotations !== rotations) {
        // The open file is the rotated one by now, and read to its end.
        for await (const line of reader.read(file)) yield line;
        await file.close();
        rotations = live.rotations;
        file = await openIfThere(path);
        reader.rewind();
        continue;
      }
      if (changed === undefined) return;
      yield undefined;
      await changed;
    }
  } finally {
    await file?.close();
  }
}

async function* whole(file: FileHandle): AsyncGenerator<string, void, undefined> {
  try {
    yield* new LineReader().read(file);
  } finally {
    await file.close();
  }
}

class LineReader {
  #position = 0;
  #rest: Buffer = Buffer.alloc(0);

  rewind(): void {
    this.#position = 0;
    this.#rest = Buffer.alloc(0);
  }

  async *read(file: FileHandle): AsyncGenerator<string, void, undefined> {
    const buffer = Buffer.alloc(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, this.#position);
      if (bytesRead === 0) return;
      this.#position += bytesRead;
      let data: Buffer = Buffer.concat([this.#rest, buffer.subarray(0, bytesRead)]);
      for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10)) {
        yield data.subarray(0, end).toString('utf8');
        data = data.subarray(end + 1);
      }
      this.#rest = data;
    }
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
