import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ContainerLog } from './container-log.ts';
import { lastLines } from './last-lines.ts';
import { type LogQuery, readLog } from './read-log.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-log-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ALL: LogQuery = {
  follow: false,
  timestamps: false,
  tailLines: undefined,
  since: undefined,
  limitBytes: undefined,
};
const never = new AbortController().signal;
async function read(
  log: ContainerLog,
  query: Partial<LogQuery> = {},
  live: ContainerLog | undefined = log,
): Promise<string> {
  let text = '';
  for await (const piece of readLog(log.path, live, { ...ALL, ...query }, never)) text += piece;
  return text;
}
const open = (limits = { maxFileBytes: 1 << 20, maxLineBytes: 16 }, now = () => Date.UTC(2026, 0, 1)) =>
  new ContainerLog(join(folder, '0.log'), now, limits);

describe('a container log', () => {
  it('puts lines together from pieces, characters too, and keeps a last one without an end', async () => {
    const log = open();
    const umlaut = Buffer.from('ü');
    log.append('stdout', Buffer.from('a'));
    log.append('stderr', Buffer.from('err\n'));
    log.append('stdout', Buffer.concat([Buffer.from('b'), umlaut.subarray(0, 1)]));
    log.append('stdout', Buffer.concat([umlaut.subarray(1), Buffer.from('\nrest')]));
    log.end();
    expect(await read(log)).toBe('err\nabü\nrest\n');
  });

  it('gives back a long line whole though it is stored in pieces', async () => {
    const log = open();
    const long = 'x'.repeat(50);
    log.append('stdout', Buffer.from(`${long}\nshort\n`));
    log.end();
    expect(await read(log)).toBe(`${long}\nshort\n`);
  });

  it('answers tail, timestamps, since and a limit of bytes', async () => {
    let time = Date.UTC(2026, 0, 1);
    const log = open(undefined, () => (time += 1000));
    log.append('stdout', Buffer.from('1\n2\n3\n'));
    log.end();
    expect(await read(log, { tailLines: 2 })).toBe('2\n3\n');
    expect(await read(log, { tailLines: 0 })).toBe('');
    expect(await read(log, { timestamps: true, tailLines: 1 })).toBe('2026-01-01T00:00:03.000Z 3\n');
    expect(await read(log, { since: Date.UTC(2026, 0, 1, 0, 0, 2) })).toBe('2\n3\n');
    expect(await read(log, { limitBytes: 3 })).toBe('1\n2');
  });

  it('stays within its bound, and a follower misses nothing of what it reads in time', async () => {
    const log = open({ maxFileBytes: 500, maxLineBytes: 100 });
    let followed = '';
    const following = (async () => {
      for await (const piece of readLog(log.path, log, { ...ALL, follow: true, tailLines: 1 }, never))
        followed += piece;
    })();
    let expected = '';
    for (let line = 0; line < 100; line += 1) {
      log.append('stdout', Buffer.from(`line ${line}\n`));
      expected += `line ${line}\n`;
      // Until the follower has it: nothing is promised to one that is two rotations behind.
      while (!followed.endsWith(`line ${line}\n`)) await new Promise((resolve) => setImmediate(resolve));
    }
    log.end();
    await following;
    expect(followed).toBe(expected);
    expect(readdirSync(folder).toSorted()).toEqual(['0.log', '0.log.1']);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).size).toBeLessThan(600);
    expect(await read(log, {}, undefined)).toMatch(/line 98\nline 99\n$/);
  });

  it('gives its end as the message of a failure', () => {
    const log = open();
    log.append('stderr', Buffer.from('one\ntwo\n'));
    log.end();
    expect(lastLines(log.path)).toBe('one\ntwo');
  });
});
