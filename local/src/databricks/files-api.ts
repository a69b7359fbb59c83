import { mkdir, readdir, rmdir, stat, unlink } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { ApiError, hasCode, invalidParameter } from './api-error.ts';
import { isEmpty, type Catalog } from './catalog.ts';
import { readRange, storeStream } from './durable-file.ts';
import { queryInteger, type Call, type Reply, type Route } from './http-server.ts';
import { decodeSegments } from './safe-path.ts';

/** Databricks takes 5 GiB in one PUT; nothing of ours comes near this. */
const MAX_FILE_BYTES = 1024 ** 3;

/** Files API 2.0 over the folders of the volumes. */
export function filesRoutes(catalog: Catalog, asideFolder: string): Route[] {
  const files = '/api/2.0/fs/files/';
  const folders = '/api/2.0/fs/directories/';
  const at = (call: Call): Place => {
    const segments = decodeSegments(call.rest);
    return { ...catalog.folderOf(segments), path: `/${segments.join('/')}` };
  };
  return [
    { method: 'PUT', path: files, handle: (call) => upload(call, at(call), asideFolder) },
    { method: 'GET', path: files, handle: (call) => download(call, at(call)) },
    { method: 'HEAD', path: files, handle: (call) => head(at(call)) },
    { method: 'DELETE', path: files, handle: (call) => deleteFile(at(call)) },
    { method: 'PUT', path: folders, handle: (call) => makeFolder(at(call)) },
    { method: 'GET', path: folders, handle: (call) => listFolder(call, at(call)) },
    { method: 'HEAD', path: folders, handle: (call) => headFolder(at(call)) },
    { method: 'DELETE', path: folders, handle: (call) => deleteFolder(at(call)) },
  ];
}

interface Place {
  /** The path as the API shows it. */
  readonly path: string;
  /** Where it is on disk. */
  readonly file: string;
  /** Segments below the volume. */
  readonly inside: readonly string[];
}

async function upload(call: Call, place: Place, asideFolder: string): Promise<Reply> {
  if (place.inside.length === 0) throw invalidParameter('a volume is not a file');
  const overwrite = (call.query.get('overwrite') ?? 'true') !== 'false';
  const parent = await stat(dirname(place.file)).catch(() => undefined);
  if (parent?.isDirectory() !== true) {
    throw new ApiError(404, 'NOT_FOUND', `The parent directory of ${place.path} does not exist.`);
  }
  const existing = await stat(place.file).catch(() => undefined);
  const taken = new ApiError(409, 'ALREADY_EXISTS', `The file being created already exists: ${place.path}`);
  if (existing?.isDirectory() === true || (existing !== undefined && !overwrite)) throw taken;
  const options = { asideFolder, overwrite, maxBytes: MAX_FILE_BYTES, signal: call.signal };
  if ((await storeStream(call.body, place.file, options)) === 'exists') throw taken;
  return { status: 204 };
}

async function download(call: Call, place: Place): Promise<Reply> {
  const found = await fileStat(place);
  const headers = { ...fileHeaders(found), 'accept-ranges': 'bytes' };
  const since = Date.parse(call.headers['if-unmodified-since'] ?? '');
  if (!Number.isNaN(since) && Math.floor(found.mtimeMs / 1_000) * 1_000 > since) {
    throw new ApiError(412, 'PRECONDITION_FAILED', `${place.path} was modified meanwhile`);
  }
  const range = parseRange(call.headers.range, found.size);
  if (range === 'unsatisfiable')
    throw new ApiError(416, 'RANGE_NOT_SATISFIABLE', `${place.path} holds ${found.size} bytes`);
  if (found.size === 0) return { headers: { ...headers, 'content-length': '0' }, bytes: '' };
  const [start, end] = range ?? [0, found.size - 1];
  return {
    status: range === undefined ? 200 : 206,
    headers: {
      ...headers,
      'content-length': String(end - start + 1),
      ...(range === undefined ? {} : { 'content-range': `bytes ${start}-${end}/${found.size}` }),
    },
    stream: readRange(place.file, start, end),
  };
}

async function head(place: Place): Promise<Reply> {
  return { headers: fileHeaders(await fileStat(place)) };
}

async function deleteFile(place: Place): Promise<Reply> {
  await fileStat(place);
  await unlink(place.file);
  return { status: 204 };
}

async function makeFolder(place: Place): Promise<Reply> {
  try {
    await mkdir(place.file, { recursive: true });
  } catch (error) {
    if (hasCode(error, 'EEXIST', 'ENOTDIR'))
      throw new ApiError(409, 'ALREADY_EXISTS', `A file is in the way of ${place.path}`);
    throw error;
  }
  return { status: 204 };
}

async function listFolder(call: Call, place: Place): Promise<Reply> {
  await folderStat(place);
  const size = queryInteger(call, 'page_size', 1_000, 0, Number.MAX_SAFE_INTEGER);
  const limit = size === 0 || size > 1_000 ? 1_000 : size;
  const after = readToken(call.query.get('page_token'));
  const names = (await readdir(place.file))
    .sort(byBytes)
    .filter((name) => after === undefined || byBytes(name, after) > 0);
  const page = names.slice(0, limit);
  const contents = await Promise.all(page.map((name) => entry(place, name)));
  return {
    json: {
      contents: contents.filter((each) => each !== undefined),
      ...(names.length > limit
        ? { next_page_token: Buffer.from(page.at(-1) ?? '').toString('base64url') }
        : {}),
    },
  };
}

async function headFolder(place: Place): Promise<Reply> {
  await folderStat(place);
  return {};
}

async function deleteFolder(place: Place): Promise<Reply> {
  await folderStat(place);
  if (place.inside.length === 0) throw invalidParameter('a volume is deleted through Unity Catalog');
  if (!(await isEmpty(place.file)))
    throw new ApiError(400, 'DIRECTORY_NOT_EMPTY', `The directory is not empty: ${place.path}`);
  await rmdir(place.file);
  return { status: 204 };
}

async function entry(place: Place, name: string): Promise<Record<string, unknown> | undefined> {
  // A file may go while its folder is being listed.
  const found = await stat(join(place.file, name)).catch(() => undefined);
  if (found === undefined) return undefined;
  const isDirectory = found.isDirectory();
  return {
    path: `${place.path}/${name}`,
    name,
    is_directory: isDirectory,
    ...(isDirectory ? {} : { file_size: found.size }),
    last_modified: Math.floor(found.mtimeMs),
  };
}

async function fileStat(place: Place): Promise<Stats> {
  const found = await stat(place.file).catch(() => undefined);
  if (found?.isFile() !== true)
    throw new ApiError(404, 'NOT_FOUND', `The file being accessed is not found: ${place.path}`);
  return found;
}

async function folderStat(place: Place): Promise<Stats> {
  const found = await stat(place.file).catch(() => undefined);
  if (found?.isDirectory() !== true)
    throw new ApiError(404, 'NOT_FOUND', `The directory being accessed is not found: ${place.path}`);
  return found;
}

function fileHeaders(found: Stats): Record<string, string> {
  return {
    'content-type': 'application/octet-stream',
    'content-length': String(found.size),
    'last-modified': new Date(found.mtimeMs).toUTCString(),
  };
}

/** One byte range; several, or another unit, are answered with the whole file as HTTP allows. */
function parseRange(
  header: string | undefined,
  size: number,
): [number, number] | 'unsatisfiable' | undefined {
  const parts = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (parts === null) return undefined;
  const [, first = '', last = ''] = parts;
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  return start > end || start >= size ? 'unsatisfiable' : [start, end];
}

function readToken(token: string | null): string | undefined {
  return token === null || token === '' ? undefined : Buffer.from(token, 'base64url').toString('utf8');
}

function byBytes(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
