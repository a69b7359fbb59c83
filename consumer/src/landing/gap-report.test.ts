import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { ConsumerError } from '../errors.ts';
import { FolderVolume } from '../volume/folder-volume.ts';
import type { Volume } from '../volume/volume.ts';
import { reportGap } from './gap-report.ts';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'tributary-gap-'))));
afterEach(async () => await rm(folder, { recursive: true, force: true }));

const report = (from: number, to: number): Promise<void> =>
  reportGap(new FolderVolume(folder), 'a.b', 'topic', {
    partition: 0,
    from: String(from),
    to: String(to),
    foundAt: 'now',
  });
const gaps = join('a.b', 'topic', '_meta', 'gaps');

async function reported(): Promise<string[]> {
  const texts = (await readdir(join(folder, gaps))).map(async (name) => {
    const { from, to } = JSON.parse(await readFile(join(folder, gaps, name), 'utf8')) as Record<
      string,
      string
    >;
    return `${from}-${to}`;
  });
  return (await Promise.all(texts)).sort();
}

it('a gap that retention widened before a file landed behind it is told to its end', async () => {
  await report(5, 9);
  await report(5, 9);
  await report(5, 7);
  expect(await reported()).toEqual(['5-9']);
  await report(5, 20);
  await report(5, 30);
  expect(await reported()).toEqual(['21-30', '10-20', '5-9'].sort());
});

it('a report that is none is an alarm', async () => {
  await report(5, 9);
  await writeFile(join(folder, gaps, '0-5.json'), '{}');
  await expect(report(5, 10)).rejects.toMatchObject({ code: 'FileMalformed' });
});

it('a report that is there and cannot be read yet is no alarm: trying again tells', async () => {
  const volume: Volume = Object.assign(new FolderVolume(folder), { read: async () => undefined });
  const gap = { partition: 0, from: '5', to: '9', foundAt: 'now' };
  await reportGap(volume, 'a.b', 'topic', gap);
  const again = reportGap(volume, 'a.b', 'topic', { ...gap, to: '20' });
  await expect(again).rejects.toThrow(/it may be on its way/);
  await expect(again).rejects.not.toBeInstanceOf(ConsumerError);
});
