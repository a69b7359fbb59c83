import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { usedBytes } from '../spool/spool.ts';
import { FOLDER_VOLUME, openFolderVolume } from './open-volume.ts';

it('what a killed process left half written in the folder does not take of the disk for ever', async () => {
  const disk = await mkdtemp(join(tmpdir(), 'tributary-volume-'));
  try {
    const aside = join(disk, FOLDER_VOLUME, '.aside');
    await mkdir(aside, { recursive: true });
    await writeFile(join(aside, 'half'), 'x'.repeat(1_000));
    const { volume } = await openFolderVolume(disk);
    expect(await usedBytes(disk)).toBe(0);
    await volume.create('a/b.csv', Buffer.from('x'));
    expect(await usedBytes(disk)).toBe(1);
    expect(await readdir(aside)).toEqual([]);
  } finally {
    await rm(disk, { recursive: true, force: true });
  }
});
