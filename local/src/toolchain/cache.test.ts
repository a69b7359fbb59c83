import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitUntil } from '../processes/wait-until.ts';
import { buildOnce, cacheRoot, pathOf } from './cache.ts';
import type { CacheKey } from './cache.ts';

const key: CacheKey = { part: 'thing', version: '1', inputs: ['a'] };
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tributary-cache-'));
});

afterEach(async () => await rm(root, { recursive: true, force: true }));

async function write(folder: string, text = 'whole'): Promise<void> {
  writeFileSync(join(folder, 'content'), text);
}

/** Another process that builds the same part: notes its pid in `builders`, takes its time, and finishes or hangs. */
function otherBuilder(hang: boolean): ReturnType<typeof spawn> {
  const text = `
    import { appendFileSync, writeFileSync } from 'node:fs';
    import { buildOnce } from ${JSON.stringify(join(import.meta.dirname, 'cache.ts'))};
    await buildOnce(${JSON.stringify(root)}, ${JSON.stringify(key)}, async ({ folder }) => {
      writeFileSync(folder + '/content', 'half');
      appendFileSync(${JSON.stringify(join(root, 'builders'))}, process.pid + '\\n');
      await new Promise((resolve) => setTimeout(resolve, ${hang ? 60_000 : 300}));
      writeFileSync(folder + '/content', 'whole');
    });`;
  const env = { ...process.env, NODE_OPTIONS: '' };
  return spawn(process.execPath, ['--input-type=module-typescript', '-e', text], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function ended(child: ReturnType<typeof spawn>): Promise<number | null> {
  return await new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}

async function building(): Promise<void> {
  await waitUntil(() => existsSync(join(root, 'builders')), {
    what: 'a builder',
    timeoutMs: 10_000,
    intervalMs: 5,
  });
}

describe('the cache', () => {
  it('lies where the user keeps caches', () => {
    expect(cacheRoot({ XDG_CACHE_HOME: '/caches' })).toBe('/caches/tributary');
    expect(cacheRoot({})).toMatch(/\/\.cache\/tributary$/);
  });

  it('builds a part once', async () => {
    let builds = 0;
    const build = async ({ folder }: { folder: string }): Promise<void> => {
      builds += 1;
      await write(folder);
    };
    const folders = await Promise.all([buildOnce(root, key, build), buildOnce(root, key, build)]);
    folders.push(await buildOnce(root, key, build));
    expect(new Set(folders)).toEqual(new Set([pathOf(root, key)]));
    expect(builds).toBe(1);
  });

  it('builds again for another version and for other inputs', () => {
    const paths = [key, { ...key, version: '2' }, { ...key, inputs: ['b'] }, { ...key, inputs: ['a', ''] }];
    expect(new Set(paths.map((each) => pathOf(root, each))).size).toBe(4);
  });

  it('shows nothing of a build that failed, and keeps its scratch folder for the next', async () => {
    const failing = buildOnce(root, key, async ({ folder, scratch }) => {
      await write(folder, 'half');
      await write(scratch, 'downloaded');
      throw new Error('the network is down');
    });
    await expect(failing).rejects.toThrow('the network is down');
    expect(existsSync(pathOf(root, key))).toBe(false);
    const folder = await buildOnce(root, key, async ({ folder: aside, scratch }) => {
      await write(aside, readFileSync(join(scratch, 'content'), 'utf8'));
    });
    expect(readFileSync(join(folder, 'content'), 'utf8')).toBe('downloaded');
    expect(readdirSync(join(root, 'building'))).toEqual([]);
  });

  it('lets several processes build a part once between them', async () => {
    const builders = [otherBuilder(false), otherBuilder(false), otherBuilder(false)];
    expect(await Promise.all(builders.map(ended))).toEqual([0, 0, 0]);
    expect(readFileSync(join(root, 'builders'), 'utf8').trim().split('\n')).toHaveLength(1);
    expect(readFileSync(join(pathOf(root, key), 'content'), 'utf8')).toBe('whole');
  }, 20_000);

  it('takes over from a process that was killed, and removes what it left', async () => {
    const victim = otherBuilder(true);
    await building();
    victim.kill('SIGKILL');
    await ended(victim);
    expect(existsSync(pathOf(root, key))).toBe(false);
    await buildOnce(root, key, async ({ folder }) => await write(folder));
    expect(readFileSync(join(pathOf(root, key), 'content'), 'utf8')).toBe('whole');
    expect(readdirSync(join(root, 'building'))).toEqual([]);
  }, 20_000);

  it('waits for a living builder, says for whom, and gives up when told to', async () => {
    const other = otherBuilder(true);
    await building();
    const abort = new AbortController();
    const waitedFor: number[] = [];
    const waiting = buildOnce(root, key, async () => undefined, {
      signal: abort.signal,
      onWait: (pid) => {
        waitedFor.push(pid);
        abort.abort(new Error('enough'));
      },
    });
    await expect(waiting).rejects.toThrow('enough');
    expect(waitedFor).toEqual([other.pid]);
    other.kill('SIGKILL');
    await ended(other);
  }, 20_000);

  it('never touches what is there already', async () => {
    mkdirSync(pathOf(root, key), { recursive: true });
    const folder = await buildOnce(root, key, () => Promise.reject(new Error('built again')));
    expect(folder).toBe(pathOf(root, key));
    expect(existsSync(join(root, 'building'))).toBe(false);
  });
});
