import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  POD_ENV,
  PRODUCER_MALLOC,
  PRODUCER_NODE_OPTIONS,
  producerConfig,
  producerStatus,
  type ProducerStatus,
} from '@tributary/api';
import { freePort, type TestBroker } from '@tributary/local/testing';
import { Kafka } from 'kafkajs';
import { buildBundles, bundlePath } from '../../../scripts/bundles.ts';
import { MeasuredProcess } from '../measure/measured-process.ts';

export interface Feed {
  readonly process: MeasuredProcess;
  /** Undefined until it answers. */
  get(path: string): Promise<{ status: number; body: string } | undefined>;
  status(): Promise<ProducerStatus | undefined>;
}

/** Our producer, as its image runs it, with dedupe, transactions and state as every feed has them. */
export async function startProducer(options: {
  broker: TestBroker;
  folder: string;
  topic: string;
  url: string;
  env?: Record<string, string>;
  maxPages: number;
}): Promise<Feed> {
  const { broker, folder, topic, url, maxPages, env = {} } = options;
  await buildBundles(['producer']);
  const kafkaDir = join(folder, 'kafka');
  await mkdir(kafkaDir, { recursive: true });
  await writeFile(join(kafkaDir, 'password'), broker.adminUser.password);
  await writeFile(join(kafkaDir, 'ca.crt'), broker.caPem);
  await createTopics(broker, topic);
  const column = (name: string, role: string, type: string) => ({ name, role, type });
  const config = producerConfig().parse({
    feed: { namespace: 'bench', name: 'produce', uid: 'bench' },
    kafka: {
      bootstrapServers: broker.bootstrapServers.split(','),
      tls: 'ca.crt',
      sasl: { mechanism: 'scram-sha-512', username: broker.adminUser.username },
      topic,
      stateTopic: `${topic}.state`,
      deadLetterTopic: `${topic}.dlq`,
      partitions: 1,
      transactionalId: topic,
    },
    source: {
      http: {
        request: { url },
        pagination: { page: { parameter: 'page', size: 1_000 }, maxPages },
        cursor: { column: 'time' },
        allowPrivate: true,
      },
    },
    schedule: { every: '1h' },
    columns: [
      column('id', 'key', 'string'),
      column('time', 'time', 'timestamp'),
      column('symbol', 'dimension', 'string'),
      column('price', 'measure', 'decimal(18,6)'),
      column('volume', 'measure', 'long'),
      column('venue', 'dimension', 'string'),
      column('note', 'dimension', 'string'),
      column('currency', 'dimension', 'string'),
    ],
    snapshot: false,
    dedupe: {},
  });
  const configPath = join(folder, 'config.json');
  await writeFile(configPath, JSON.stringify(config));
  const port = await freePort();
  const measured = new MeasuredProcess(process.execPath, [bundlePath('producer')], {
    PATH: process.env['PATH'],
    [POD_ENV.config]: configPath,
    [POD_ENV.kafkaDir]: kafkaDir,
    [POD_ENV.bindAddress]: '127.0.0.1',
    [POD_ENV.port]: String(port),
    NODE_OPTIONS: PRODUCER_NODE_OPTIONS,
    ...PRODUCER_MALLOC,
    ...env,
  });
  const get: Feed['get'] = async (path) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
    return answer === undefined ? undefined : { status: answer.status, body: await answer.text() };
  };
  return {
    process: measured,
    get,
    status: async () => {
      const answer = await get('/status');
      return answer === undefined ? undefined : producerStatus.parse(JSON.parse(answer.body));
    },
  };
}

export async function createTopics(broker: TestBroker, topic: string): Promise<void> {
  const admin = new Kafka(broker.kafkaConfig()).admin();
  await admin.connect();
  const names = [topic, `${topic}.state`, `${topic}.dlq`];
  await admin.createTopics({
    topics: names.map((name) => ({ topic: name, numPartitions: 1 })),
    waitForLeaders: true,
  });
  await admin.disconnect();
}
