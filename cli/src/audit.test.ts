import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CSV_DEFAULT, manifestPath } from '@tributary/api';
import { startTestBroker, type TestBroker } from '@tributary/local/testing';
import { callCli } from './testing/call-cli.ts';
import { publishFeed, writeKafkaDir } from './testing/feed-in-kafka.ts';
import { landByHand } from './testing/land-by-hand.ts';

let broker: TestBroker;
let folder: string;
let kafkaDir: string;
/** Of `markets.landed`, whose two records have landed. */
let topicId: string;
let file: string;

const LANDED = 'markets.landed';

beforeAll(async () => {
  broker = await startTestBroker();
  folder = await mkdtemp(join(tmpdir(), 'tributary-cli-audit-'));
  kafkaDir = join(folder, 'kafka');
  await writeKafkaDir(broker, kafkaDir);
  topicId = await publishFeed(broker, kafkaDir, LANDED, 'markets.empty');
  file = join(folder, 'volume', await landByHand(store, LANDED, topicId));
}, 300_000);
afterAll(async () => {
  await broker?.stop();
  await rm(folder, { recursive: true, force: true });
}, 30_000);

async function store(path: string, text: string): Promise<void> {
  const at = join(folder, 'volume', path);
  await mkdir(dirname(at), { recursive: true });
  await writeFile(at, text);
}

function audit(feed: string, ...more: string[]): ReturnType<typeof callCli> {
  const kafka = ['--bootstrap', broker.bootstrapServers, '--tls', 'ca.crt', '--kafka-dir', kafkaDir];
  return callCli('audit', feed, ...kafka, '--folder', join(folder, 'volume'), ...more);
}

function consumerConfigOf(feed: string, { bootstrapServers }: TestBroker, id: string): unknown {
  const [namespace, name] = feed.split('.');
  return {
    feed: { namespace, name, uid: 'uid' },
    kafka: {
      bootstrapServers: [bootstrapServers],
      tls: 'ca.crt',
      topic: feed,
      topicId: id,
      stateTopic: `${feed}.state`,
      deadLetterTopic: `${feed}.dlq`,
      partitions: 2,
      transactionalId: feed,
    },
    columns: [{ name: 'id', role: 'key', type: 'string' }],
    csv: CSV_DEFAULT,
    storage: { budget: '1Gi' },
  };
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

  it('proves what has landed, and ends with 1 and says what where it is not as it should be', async () => {
    const proven = await audit(LANDED, ...user, '--complete', '--json');
    expect(JSON.parse(proven.out)).toMatchObject({
      ok: true,
      findings: [],
      partitions: [{ rows: 2, comparedRows: 2 }],
    });
    expect(proven.code).toBe(0);
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace(',a,', ',x,'));
    try {
      const found = await audit(LANDED, ...user, '--json');
      expect(JSON.parse(found.out)).toMatchObject({
        ok: false,
        findingCount: 2,
        findings: [{ code: 'FileAltered' }, { code: 'RowDiffers', offset: '0' }],
      });
      expect(found.code).toBe(1);
      const said = await audit(LANDED, ...user);
      expect(said.out).toContain('audited=failed 2 findings');
      expect(said.code).toBe(1);
    } finally {
      await writeFile(file, text);
    }
  });

  it('compares what landed of a former topic with its manifests, not with the topic of that name', async () => {
    const former = ['--topic-id', topicId];
    expect(JSON.parse((await audit(LANDED, ...user, ...former, '--json')).out)).toMatchObject({
      ok: true,
      topicGone: false,
    });
    // The files of this id, and a name that has another topic now.
    const other = 'markets.empty';
    await cp(join(folder, 'volume', LANDED), join(folder, 'volume', other), { recursive: true });
    try {
      const manifest = join(folder, 'volume', manifestPath(other, topicId, 0, '0'));
      await writeFile(manifest, (await readFile(manifest, 'utf8')).replaceAll(LANDED, other));
      const { out, code } = await audit(other, ...user, ...former, '--json');
      expect(JSON.parse(out)).toMatchObject({
        ok: true,
        topicGone: true,
        findings: [],
        partitions: [{ rows: 2, comparedRows: 0, manifestOnlyRows: 2 }],
      });
      expect(code).toBe(0);
      const complete = await audit(other, ...user, ...former, '--complete');
      expect(complete.err).toContain('remedy: leave --complete out');
      expect(complete.code).toBe(2);
    } finally {
      await rm(join(folder, 'volume', other), { recursive: true, force: true });
    }
  });

  it('proves nothing for an id of which nothing has landed', async () => {
    const { out, err, code } = await audit(LANDED, ...user, '--topic-id', 'no-such-id');
    expect(err).toContain('there is no topic with the id no-such-id, and nothing has landed of one');
    expect({ out, code }).toEqual({ out: '', code: 2 });
  });

  it('does not take a config of a former topic for the present one', async () => {
    const config = join(folder, 'former.json');
    await writeFile(config, JSON.stringify(consumerConfigOf(LANDED, broker, 'id-of-a-former-topic')));
    const { out, err, code } = await audit(LANDED, ...user, '--config', config);
    expect(err).toContain('the config names the topic id-of-a-former-topic');
    expect(err).toContain('remedy: take the config anew');
    expect({ out, code }).toEqual({ out: '', code: 2 });
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
