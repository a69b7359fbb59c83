import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_DIALECT, schemaPath } from '@tributary/api';
import { closedPath } from '../files/file-path.ts';
import type { SpooledFile } from '../spool/spooled-file.ts';
import { FolderVolume } from '../volume/folder-volume.ts';
import { closeSchema } from './closing.ts';
import { readSchema } from './schema-file.ts';

const [FEED, TOPIC] = ['a.b', 'topic'];
let volume: FolderVolume;
beforeEach(async () => (volume = new FolderVolume(await mkdtemp(join(tmpdir(), 'tributary-stored-')))));
afterEach(async () => await rm(volume.root, { recursive: true, force: true }));

const put = (path: string, content: unknown): Promise<unknown> =>
  volume.create(path, Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)));

const columns = [{ name: 'id', role: 'key', type: 'string' }];

describe('a description of a schema', () => {
  it.each([
    ['no JSON', 'no JSON'],
    ['of another number', { version: 2, columns }],
    ['whose columns have no name', { version: 1, columns: [{ role: 'key' }] }],
    ['whose dialect is none', { version: 1, columns, csv: { delimiter: 5 } }],
  ])('that is %s is malformed', async (_, content) => {
    await put(schemaPath(FEED, TOPIC, 1), content);
    await expect(readSchema(volume, FEED, TOPIC, 1)).rejects.toMatchObject({ code: 'FileMalformed' });
  });

  it('keeps what another version of ours has added', async () => {
    await put(schemaPath(FEED, TOPIC, 1), { version: 1, columns: [{ ...columns[0], later: 1 }] });
    expect(await readSchema(volume, FEED, TOPIC, 1)).toMatchObject({
      columns: [{ later: 1 }],
      csv: DEFAULT_DIALECT,
    });
  });
});

it('what does not say under which layout to go on is malformed, not a volume that is away', async () => {
  await put(schemaPath(FEED, TOPIC, 1), { version: 1, columns, compression: 'none' });
  const own: SpooledFile = {
    path: `${FEED}/${TOPIC}/schema-2/2026-01-02/0-5.csv`,
    topicId: TOPIC,
    schema: 2,
    partition: 0,
    firstOffset: 5n,
    lastOffset: 9n,
    rows: 5,
    bytes: 1,
    sha256: '',
    csv: DEFAULT_DIALECT,
    local: '',
    from: 5n,
    next: 10n,
  };
  await put(closedPath(FEED, TOPIC, 1, 0, 5n), { schema: 'two' });
  const [former, wanted] = [1, 2].map((schema) => ({ schema, gzip: false }));
  await expect(closeSchema(volume, FEED, own, former!, wanted!)).rejects.toMatchObject({
    code: 'FileMalformed',
  });
});
