import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { link, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ApiError, hasCode } from './api-error.ts';

/** Replaces a file as a whole: readers see the old content or the new, never a part. */
export async function replaceFile(path: string, content: string | Buffer, mode = 0o644): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const aside = join(dirname(path), `.${randomUUID()}.aside`);
  try {
    await writeFile(aside, content, { mode });
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}

/** The parsed content, or undefined where there is no such file. */
export async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/**
 * Streams a body into `target` by way of a file aside, flushed before it gets its name. Without `overwrite` the name is
 * claimed by a hard link, so exactly one of several writers wins.
 */
export async function storeStream(
  body: Readable,
  target: string,
  options: {
    readonly asideFolder: string;
    readonly overwrite: boolean;
    readonly maxBytes: number;
    readonly signal: AbortSignal;
  },
): Promise<'stored' | 'exists'> {
  await mkdir(options.asideFolder, { recursive: true });
  const aside = join(options.asideFolder, randomUUID());
  try {
    await pipeline(body, bounded(options.maxBytes), createWriteStream(aside), { signal: options.signal });
    await flush(aside);
    if (options.overwrite) {
      await rename(aside, target);
    } else {
      try {
        await link(aside, target);
      } catch (error) {
        if (hasCode(error, 'EEXIST')) return 'exists';
        throw error;
      }
    }
    await flush(dirname(target));
    return 'stored';
  } finally {
    await rm(aside, { force: true });
  }
}

export function readRange(path: string, start: number, end: number): Readable {
  return createReadStream(path, { start, end });
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function bounded(maxBytes: number): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen > maxBytes)
        done(new ApiError(413, 'REQUEST_TOO_LARGE', `the body is larger than ${maxBytes} bytes`));
      else done(null, chunk);
    },
  });
}
