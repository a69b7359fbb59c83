import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { open, unlink } from 'node:fs/promises';
import { PassThrough, type Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, type ZlibOptions } from 'node:zlib';
import { hasCode } from '../files/durable.ts';

/** Rows are encoded while those before them are compressed, on another thread. */
const BUFFER = { writableHighWaterMark: 512 * 1024 };
const GZIP = { ...BUFFER, chunkSize: 64 * 1024 } as ZlibOptions;

/** A file that is being written aside: nobody takes it for complete. */
export class OpenFile {
  readonly path: string;
  readonly #input: Duplex;
  readonly #stored: Promise<void>;
  readonly #hash = createHash('sha256');
  #textBytes = 0;
  #storedBytes = 0;

  private constructor(path: string, input: Duplex, sink: NodeJS.WritableStream) {
    this.path = path;
    this.#input = input;
    this.#stored = pipeline(input, (chunks: AsyncIterable<Buffer>) => this.#count(chunks), sink);
    // Reported by the next write or by finish; a rejection between them must not end the process.
    this.#stored.catch(() => undefined);
  }

  static async create(path: string, gzip: boolean): Promise<OpenFile> {
    const handle = await open(path, 'w');
    // `flush` is the fsync before the close.
    const sink = handle.createWriteStream({ flush: true });
    return new OpenFile(path, gzip ? createGzip(GZIP) : new PassThrough(BUFFER), sink);
  }

  /** Bytes written to it before compression. */
  get textBytes(): number {
    return this.#textBytes;
  }

  /** Bytes on disk so far. */
  get storedBytes(): number {
    return this.#storedBytes;
  }

  /** Takes the bytes: they may not change any more. */
  async write(bytes: Buffer): Promise<void> {
    this.#textBytes += bytes.length;
    if (this.#input.errored !== null) return this.#stored;
    if (!this.#input.write(bytes)) await Promise.race([once(this.#input, 'drain'), this.#stored]);
  }

  /** Resolves once every byte is on the disk. */
  async finish(): Promise<{ bytes: number; sha256: string }> {
    this.#input.end();
    await this.#stored;
    return { bytes: this.#storedBytes, sha256: this.#hash.digest('hex') };
  }

  async discard(): Promise<void> {
    this.#input.destroy();
    await this.#stored.catch(() => undefined); // it is being thrown away
    await unlink(this.path).catch((error: unknown) => {
      if (!hasCode(error, 'ENOENT')) throw error;
    });
  }

  async *#count(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
    for await (const chunk of chunks) {
      this.#hash.update(chunk);
      this.#storedBytes += chunk.length;
      yield chunk;
    }
  }
}
