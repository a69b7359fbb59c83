import { mkdir, mkdtemp, readdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_DIALECT } from '@tributary/api';
import type { Clock } from '@tributary/runtime';
import { DiskBudget } from './disk-budget.ts';
import { KeptFiles } from './kept-files.ts';
import type { SpooledFile } from './spooled-file.ts';

let folder: string;
let budget: DiskBudget;
let now: number;
const clock: Clock = { now: () => now, sleep: () => new Promise(() => undefined) };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-kept-'));
  budget = new DiskBudget(1_000, 0);
  now = Date.parse('2026-03-04T05:06:07.000Z');
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

const keeping = (keep?: string): KeptFiles =>
  new KeptFiles({ folder: join(folder, 'kept'), keep, budget, clock });

async function landed(firstOffset: number, bytes = 100): Promise<SpooledFile> {
  const local = join(folder, `waiting-${firstOffset}`);
  await writeFile(local, Buffer.alloc(bytes));
  const offset = BigInt(firstOffset);
  return {
    path: `a.b/topic/schema-1/2026-03-04/0-${firstOffset}.csv`,
    topicId: 'topic',
    schema: 1,
    partition: 0,
    firstOffset: offset,
    lastOffset: offset,
    rows: 1,
    bytes,
    sha256: '',
    csv: DEFAULT_DIALECT,
    local,
    from: offset,
    next: offset + 1n,
  };
}

async function kept(): Promise<string[]> {
  const entries = await readdir(join(folder, 'kept'), { recursive: true }).catch(() => []);
  return entries.filter((name) => name.endsWith('.csv')).map((name) => name.split('/').at(-1) ?? '');
}

describe('files that have landed', () => {
  it('are not kept unless that is asked for, and no longer when it is not asked for any more', async () => {
    const file = await landed(0);
    expect(await keeping('1h').take(file)).toBe(true);
    const without = keeping();
    await without.recover();
    expect(await kept()).toEqual([]);
    expect(await without.take(await landed(1))).toBe(false);
  });

  it('stay as long as asked for, by the names that they have in the volume, also over a restart', async () => {
    const first = keeping('1h');
    await first.take(await landed(0));
    now += 1_800_000;
    await first.take(await landed(1));
    expect(await readdir(join(folder, 'kept', 'a.b', 'topic', 'schema-1', '2026-03-04'))).toHaveLength(2);
    const second = keeping('1h');
    now += 1_799_999;
    await second.recover();
    expect(second.bytes).toBe(200);
    now += 1;
    await second.makeRoom();
    expect(await kept()).toEqual(['0-1.csv']);
    now += 1_800_000;
    await second.makeRoom();
    expect(second.bytes).toBe(0);
    expect(await readdir(join(folder, 'kept', 'a.b', 'topic', 'schema-1'))).toEqual([]);
  });

  it('have at most half of the budget, and only what is left of it; the oldest go first', async () => {
    const files = keeping('1h');
    for (let offset = 0; offset < 8; offset += 1) {
      await files.take(await landed(offset));
      await files.makeRoom();
      now += 1;
    }
    expect(files.bytes).toBe(500);
    budget.take(800);
    await files.makeRoom();
    expect((await kept()).sort()).toEqual(['0-6.csv', '0-7.csv']);
    budget.take(200); // spent, by what waits alone
    await files.makeRoom();
    expect(await kept()).toEqual([]);
  });

  it('that cannot be removed end nothing, and count on until they can', async () => {
    const files = keeping('1h');
    await files.take(await landed(0));
    await files.take(await landed(1));
    const stuck = join(folder, 'kept', 'a.b', 'topic', 'schema-1', '2026-03-04', '0-0.csv');
    await rm(stuck);
    await mkdir(stuck); // as little to be unlinked as on a disk that refuses it
    now += 3_600_000;
    await files.makeRoom();
    expect([files.bytes, await kept()]).toEqual([100, ['0-0.csv']]);
    await rmdir(stuck);
    await files.makeRoom();
    expect(files.bytes).toBe(0);
  });

  it('that cannot be kept are left to whoever has them', async () => {
    await writeFile(join(folder, 'kept'), 'a file where the folder should be');
    expect(await keeping('1h').take(await landed(0))).toBe(false);
  });
});
