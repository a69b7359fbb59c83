import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { brokerConnection, KafkaAdmin } from '@tributary/kafka';
import { startTestBroker, type TestBroker } from '@tributary/local/testing';
import { SecretFolder, SecretRegistry } from '@tributary/runtime';
import { callCli } from './testing/call-cli.ts';

let broker: TestBroker;
let folder: string;
let kafkaDir: string;

const quiet = () => undefined;
const LOG = { debug: quiet, info: quiet, warn: quiet, error: quiet };

beforeAll(async () => {
  broker = await startTestBroker();
  folder = await mkdtemp(join(tmpdir(), 'tributary-cli-audit-'));
  kafkaDir = join(folder, 'kafka');
  await mkdir(kafkaDir);
  await writeFile(join(kafkaDir, 'password'), broker.adminUser.password);
  await writeFile(join(kafkaDir, 'ca.crt'), broker.caPem);
  const { username } = broker.adminUser;
  const access = {
    bootstrapServers: [broker.bootstrapServers],
    tls: 'ca.crt' as const,
    sasl: { mechanism: 'scram-sha-512' as const, username },
  };
  const secrets = new SecretFolder(kafkaDir, new SecretRegistry());
  const admin = new KafkaAdmin(brokerConnection(access, secrets, { clientId: 'test', log: LOG }));
  await admin.createTopics([{ name: 'markets.empty', partitions: 2, replicas: 1, config: {} }]);
}, 300_000);
afterAll(async () => {
  await broker?.stop();
  await rm(folder, { recursive: true, force: true });
}, 30_000);

function audit(feed: string, ...more: string[]): ReturnType<typeof callCli> {
  const kafka = ['--bootstrap', broker.bootstrapServers, '--tls', 'ca.crt', '--kafka-dir', kafkaDir];
  return callCli('audit', feed, ...kafka, '--folder', join(folder, 'volume'), ...more);
}

describe('tributary audit', () => {
  const user = ['--username', 'admin'];

  it('proves a feed of which nothing has been published yet', async () => {
    const { code, out, err } = await audit('markets.empty', ...user, '--complete', '--json');
    expect(err).toBe('');
    expect(JSON.parse(out)).toMatchObject({
      feed: 'markets.empty',
      ok: true,
      partitions: [{ partition: 0, rows: 0 }, { partition: 1 }],
    });
    expect(code).toBe(0);
    expect((await audit('markets/empty', ...user)).out).toContain('audited=ok 0 rows in 0 files');
  });

  it('says in either form that no bronze table was compared, and what is missing to compare one', async () => {
    expect((await audit('markets.empty', ...user)).out).toContain(
      'bronze: not checked, because no table was named',
    );
    const { out } = await audit('markets.empty', ...user, '--json');
    expect(JSON.parse(out)).toMatchObject({ bronze: { checked: false, because: 'no table was named' } });
    const folderOnly = await audit('markets.empty', ...user, '--bronze', 'main.landing.empty');
    expect(folderOnly.err).toContain('remedy: add --warehouse with its id');
    expect(folderOnly.code).toBe(2);
  });

  it('fails, with what to do, for a topic that is not there and for a login that is refused', async () => {
    const missing = await audit('markets.none', ...user);
    expect(missing.err).toContain('remedy: check the name of the feed');
    expect(missing.code).toBe(2);
    const refused = await audit('markets.empty', '--username', 'nobody');
    expect(refused.err).toContain('remedy: check --username');
    expect(refused.code).toBe(2);
  }, 60_000);
});
