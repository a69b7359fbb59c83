import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { claimWorkFolder } from './work-folder.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-work-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the work folder', () => {
  it('belongs to one run at a time', async () => {
    const first = await claimWorkFolder(join(folder, 'w'), { fresh: false });
    await expect(claimWorkFolder(join(folder, 'w'), { fresh: false })).rejects.toThrow(
      /already runs in .*--dir/,
    );
    await first.release();
    await (await claimWorkFolder(join(folder, 'w'), { fresh: false })).release();
  });

  it('is taken over from a run that died', async () => {
    await (await claimWorkFolder(folder, { fresh: false })).release();
    const child = spawn('true');
    await once(child, 'exit');
    await writeFile(join(folder, 'lock'), JSON.stringify({ pid: child.pid, startTime: '1' }));
    const folderAgain = await claimWorkFolder(folder, { fresh: false });
    expect(folderAgain.path).toBe(folder);
    await folderAgain.release();
  });

  it('is emptied on request, but never when it is not ours', async () => {
    await writeFile(join(folder, 'thesis.txt'), 'years of work');
    await expect(claimWorkFolder(folder, { fresh: true })).rejects.toThrow(/not Tributary's.*--dir/);
    expect(existsSync(join(folder, 'thesis.txt'))).toBe(true);

    const ours = join(folder, 'ours');
    await (await claimWorkFolder(ours, { fresh: false })).release();
    await writeFile(join(ours, 'old'), '');
    await (await claimWorkFolder(ours, { fresh: true })).release();
    expect(existsSync(join(ours, 'old'))).toBe(false);
  });
});
