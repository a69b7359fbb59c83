import { checkPath, encodePath } from './encode-path.ts';
import { DatabricksNotFoundError } from './errors.ts';
import { pages } from './pages.ts';
import { integer, text } from './read-fields.ts';
import type { Transport } from './transport.ts';

/** One entry of a folder in a volume. */
export interface FileEntry {
  readonly path: string;
  readonly name: string;
  readonly isDirectory: boolean;
  /** Bytes; 0 for folders. */
  readonly size: number;
  /** Milliseconds since the epoch; 0 where Databricks tells none. */
  readonly lastModified: number;
}

export interface FileHead {
  /** Bytes. */
  readonly size: number;
  /** The HTTP date as sent, which serves as `ifUnmodifiedSince`. */
  readonly lastModified: string | undefined;
}

export interface UploadOptions {
  /** Whether an existing file is replaced; if not, it is a DatabricksConflictError. Never left to the server's default. */
  readonly overwrite: boolean;
  /** Makes the folders above when they are missing, then uploads again. @default false */
  readonly createParents?: boolean;
  readonly signal?: AbortSignal;
}

export interface DownloadOptions {
  /** First byte wanted. @default 0 */
  readonly start?: number;
  /** Last byte wanted, inclusive. @default the last of the file */
  readonly end?: number;
  readonly ifUnmodifiedSince?: string;
  /** A larger answer is refused. @default 128 MiB */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

export interface ListOptions {
  /** Entries asked for at once, 1 to 1,000. @default 1000 */
  readonly pageSize?: number;
  readonly signal?: AbortSignal;
}

export interface SignalOption {
  readonly signal?: AbortSignal;
}

const MAX_DOWNLOAD_BYTES = 128 * 1024 * 1024;

/** Files API 2.0, over paths such as `/Volumes/main/landing/feeds/a.csv`. */
export class Files {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Puts a whole file by one request. After a lost answer it is sent again: with `overwrite: false` a conflict may
   * then be with our own first attempt, so compare content before concluding that somebody else was there.
   */
  async upload(path: string, body: Buffer | Uint8Array, options: UploadOptions): Promise<void> {
    const put = (): Promise<unknown> =>
      this.#transport.send({
        method: 'PUT',
        path: fileRoute(path),
        query: { overwrite: options.overwrite },
        body: Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength),
        signal: options.signal,
      });
    try {
      await put();
    } catch (error) {
      if (!(error instanceof DatabricksNotFoundError) || options.createParents !== true) throw error;
      await this.mkdirs(parentOf(path), options);
      await put();
    }
  }

  async download(path: string, options: DownloadOptions = {}): Promise<Buffer> {
    const { start, end, ifUnmodifiedSince } = options;
    const ranged = start !== undefined || end !== undefined;
    const answer = await this.#transport.send({
      method: 'GET',
      path: fileRoute(path),
      headers: {
        ...(ranged ? { range: `bytes=${start ?? 0}-${end ?? ''}` } : {}),
        ...(ifUnmodifiedSince === undefined ? {} : { 'if-unmodified-since': ifUnmodifiedSince }),
        // A .csv.gz must arrive as it is stored.
        'accept-encoding': 'identity',
      },
      maxAnswerBytes: options.maxBytes ?? MAX_DOWNLOAD_BYTES,
      signal: options.signal,
    });
    // A server may ignore Range and answer 200 with the whole file.
    return ranged && answer.status === 200
      ? answer.body.subarray(start ?? 0, end === undefined ? undefined : end + 1)
      : answer.body;
  }

  /** Throws DatabricksNotFoundError when the file is not there. */
  async head(path: string, options: SignalOption = {}): Promise<FileHead> {
    const { headers } = await this.#transport.send({
      method: 'HEAD',
      path: fileRoute(path),
      headers: { 'accept-encoding': 'identity' },
      signal: options.signal,
    });
    return { size: Number(headers['content-length'] ?? 0), lastModified: headers['last-modified'] };
  }

  async delete(path: string, options: SignalOption = {}): Promise<void> {
    await this.#transport.send({ method: 'DELETE', path: fileRoute(path), signal: options.signal });
  }

  /** Makes a folder and those above it; existing ones are fine. */
  async mkdirs(path: string, options: SignalOption = {}): Promise<void> {
    await this.#transport.send({ method: 'PUT', path: folderRoute(path), signal: options.signal });
  }

  /** Deletes an empty folder. */
  async deleteFolder(path: string, options: SignalOption = {}): Promise<void> {
    await this.#transport.send({ method: 'DELETE', path: folderRoute(path), signal: options.signal });
  }

  /** The entries of one folder, through all its pages. A page may be empty and still have a successor. */
  async *list(path: string, options: ListOptions = {}): AsyncGenerator<FileEntry, void, undefined> {
    const fetchPage = (pageToken: string | undefined): Promise<Record<string, unknown>> =>
      this.#transport.json({
        method: 'GET',
        path: folderRoute(path),
        query: { page_size: options.pageSize ?? 1_000, page_token: pageToken },
        signal: options.signal,
      });
    for await (const entry of pages(fetchPage, 'contents')) {
      const full = text(entry, 'path');
      yield {
        path: full,
        name: text(entry, 'name') || (full.split('/').pop() ?? ''),
        isDirectory: entry['is_directory'] === true,
        size: integer(entry, 'file_size'),
        lastModified: integer(entry, 'last_modified'),
      };
    }
  }
}

function fileRoute(path: string): string {
  return `/api/2.0/fs/files${encodePath(path)}`;
}

function folderRoute(path: string): string {
  return `/api/2.0/fs/directories${encodePath(path)}`;
}

function parentOf(path: string): string {
  return `/${checkPath(path).slice(0, -1).join('/')}`;
}
