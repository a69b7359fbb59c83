import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { CSV_DEFAULT } from '@tributary/api';
import { auditTarget, type AuditFlags } from './audit-target.ts';

const OWN = { table: 'main.landing.own', warehouse: 'own-warehouse' };
let folder: string;
let config: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-target-'));
  config = join(folder, 'consumer.json');
  const said = {
    feed: { namespace: 'markets', name: 'ibm', uid: 'uid' },
    kafka: {
      bootstrapServers: ['127.0.0.1:9092'],
      tls: 'none',
      topic: 'markets.ibm',
      stateTopic: 'markets.ibm.state',
      deadLetterTopic: 'markets.ibm.dlq',
      partitions: 1,
      transactionalId: 'markets.ibm',
    },
    columns: [{ name: 'id', role: 'key', type: 'string' }],
    csv: CSV_DEFAULT,
    storage: { budget: '1Gi' },
    audit: { every: '6h', bronze: OWN },
    volume: { catalog: 'main', schema: 'landing', volume: 'feeds' },
  };
  await writeFile(config, JSON.stringify(said));
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

const bronzeOf = async (flags: Partial<AuditFlags> = {}): Promise<unknown> =>
  (await auditTarget('markets/ibm', { mechanism: 'plain', config, databricksDir: folder, ...flags })).bronze;

it('the table that the feed compares of itself is compared, unless another is named', async () => {
  expect(await bronzeOf()).toEqual({ table: OWN.table, warehouseId: OWN.warehouse });
  expect(await bronzeOf({ bronze: 'main.landing.other' })).toEqual({
    table: 'main.landing.other',
    warehouseId: OWN.warehouse,
  });
  expect(await bronzeOf({ warehouse: 'another' })).toEqual({ table: OWN.table, warehouseId: 'another' });
});

it('beside files on a disk there is nobody to ask about it', async () => {
  expect(await bronzeOf({ folder })).toBeUndefined();
});
