import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { preflight } from './preflight.ts';

const GIB = 1024 ** 3;
const options = {
  workDir: '/w',
  cacheDir: '/c',
  cached: true,
  platform: 'linux',
  diskOf: (path: string) => Promise.resolve(path === '/w' ? 1 : 2),
} as const;
const free = (gib: Record<string, number>) => (path: string) => Promise.resolve((gib[path] ?? 0) * GIB);

describe('the look before the start', () => {
  it('lets pass what has room', async () => {
    const enough = free({ '/w': 2, '/c': 7 });
    await expect(preflight({ ...options, freeBytes: enough })).resolves.toBeUndefined();
    await expect(preflight({ ...options, cached: false, freeBytes: enough })).resolves.toBeUndefined();
  });

  it('looks at the real disk, also of a folder that is not there yet', async () => {
    const workDir = join(tmpdir(), 'not', 'there', 'yet');
    await expect(
      preflight({ workDir, cacheDir: '/c', cached: true, platform: 'linux' }),
    ).resolves.toBeUndefined();
  });

  it('says which disk is full and the way out', async () => {
    await expect(preflight({ ...options, freeBytes: free({ '/w': 0.2 }) })).rejects.toMatchObject({
      code: 'DiskFull',
      message:
        'the disk of /w has 0.2 GiB left, 1.0 are needed: free some, or name a folder on another disk with --dir',
    });
    await expect(
      preflight({ ...options, cached: false, freeBytes: free({ '/w': 2, '/c': 3 }) }),
    ).rejects.toThrow(/\/c has 3\.0 GiB left, 6\.0 are needed.*XDG_CACHE_HOME/);
  });

  it('asks for the sum of both where cache and work folder share a disk', async () => {
    const shared = { ...options, cached: false, diskOf: () => Promise.resolve(1) };
    await expect(preflight({ ...shared, freeBytes: free({ '/w': 6.5, '/c': 6.5 }) })).rejects.toThrow(
      /6\.5 GiB left, 7\.0 are needed/,
    );
  });

  it('says what works on a system that cannot run the node', async () => {
    await expect(preflight({ ...options, platform: 'darwin' })).rejects.toThrow(
      /needs Linux.*darwin.*cluster of your own.*npx tributary/,
    );
  });
});
