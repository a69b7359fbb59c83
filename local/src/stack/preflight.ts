import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The machine cannot carry the stack; the message says why and what to do. */
export class PreflightError extends Error {
  override readonly name = 'PreflightError';
  readonly code: 'DiskFull' | 'PlatformUnsupported';
  constructor(code: PreflightError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

const GIB = 1024 ** 3;
/** A first run's peak: the Go build's own cache, the Python environment, the jars. */
const CACHE_NEEDS_BYTES = 6 * GIB;
/** Kafka's log, etcd, the volume and the reports of all feeds. */
const WORK_NEEDS_BYTES = GIB;

export interface PreflightOptions {
  workDir: string;
  cacheDir: string;
  /** Whether the cache holds all that is needed. */
  cached: boolean;
  platform?: NodeJS.Platform;
  /** Free bytes of the disk that a path is, or will be, on. */
  freeBytes?: (path: string) => Promise<number>;
  /** Which disk that is: two paths on one disk share what is free. */
  diskOf?: (path: string) => Promise<number>;
}

/** Says before anything is started what would only fail later, and worse. */
export async function preflight(options: PreflightOptions): Promise<void> {
  const {
    workDir,
    cacheDir,
    cached,
    platform = process.platform,
    freeBytes = freeBytesAt,
    diskOf = diskAt,
  } = options;
  if (platform !== 'linux')
    throw new PreflightError(
      'PlatformUnsupported',
      `npm start needs Linux: its node gives each pod an address of its own in 127.0.0.0/8, which ${platform} does not have. ` +
        'Here you can use a cluster of your own (see "On a cluster" in README.md), and the tributary command, ' +
        'such as npx tributary preview -f FILE.',
    );
  const places = [
    {
      path: workDir,
      needs: WORK_NEEDS_BYTES,
      remedy: 'free some, or name a folder on another disk with --dir',
    },
    ...(cached
      ? []
      : [
          {
            path: cacheDir,
            needs: CACHE_NEEDS_BYTES,
            remedy: 'free some, or let XDG_CACHE_HOME name a folder on another disk',
          },
        ]),
  ];
  const disks = await Promise.all(places.map(({ path }) => diskOf(path)));
  for (const [index, { path, remedy }] of places.entries()) {
    const needs = places.reduce(
      (sum, place, other) => sum + (disks[other] === disks[index] ? place.needs : 0),
      0,
    );
    const free = await freeBytes(path);
    if (free < needs)
      throw new PreflightError(
        'DiskFull',
        `the disk of ${path} has ${inGib(free)} GiB left, ${inGib(needs)} are needed: ${remedy}`,
      );
  }
}

const inGib = (bytes: number): string => (bytes / GIB).toFixed(1);

const freeBytesAt = (path: string): Promise<number> =>
  atNearest(path, async (folder) => {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  });

const diskAt = (path: string): Promise<number> => atNearest(path, async (folder) => (await stat(folder)).dev);

/** Of a folder that is not there yet: it will be on the disk of the one above. */
async function atNearest<T>(path: string, ask: (folder: string) => Promise<T>): Promise<T> {
  try {
    return await ask(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && dirname(path) !== path)
      return await atNearest(dirname(path), ask);
    throw error;
  }
}
