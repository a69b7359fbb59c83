import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CONSUMER_NODE_OPTIONS, CSV_DEFAULT, POD_ENV, type ConsumerConfig } from '@tributary/api';
import type { TestBroker } from '@tributary/local/testing';
import { buildBundles, bundlePath } from '../../../scripts/bundles.ts';
import type { Pod } from '../idle/measure-idle.ts';
import { MeasuredProcess } from '../measure/measured-process.ts';
import { COLUMNS } from './records.ts';

export const FEED = { namespace: 'bench', name: 'land', uid: 'bench' };

export interface Consumer extends Pod {
  get(path: string): Promise<{ status: number; body: string } | undefined>;
}

/** Our consumer, as its image runs it, with everything as a user has it by default. */
export async function startConsumer(options: {
  broker: TestBroker;
  folder: string;
  topic: string;
  cut: ConsumerConfig['csv']['cut'];
  volume?: ConsumerConfig['volume'];
  databricksDir?: string;
  env?: NodeJS.ProcessEnv;
}): Promise<Consumer> {
  const { broker, folder, topic, cut, volume, databricksDir, env } = options;
  await buildBundles(['consumer']);
  const kafkaDir = join(folder, 'kafka');
  await mkdir(kafkaDir, { recursive: true });
  await writeFile(join(kafkaDir, 'password'), broker.adminUser.password);
  await writeFile(join(kafkaDir, 'ca.crt'), broker.caPem);
  const config: ConsumerConfig = {
    feed: FEED,
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
    columns: [...COLUMNS],
    csv: { ...CSV_DEFAULT, cut },
    storage: { budget: '4Gi' },
    ...(volume === undefined ? {} : { volume }),
  };
  const configPath = join(folder, 'config.json');
  await writeFile(configPath, JSON.stringify(config));
  const dataDir = join(folder, 'data');
  await mkdir(dataDir, { recursive: true });
  const process_ = new MeasuredProcess(process.execPath, [bundlePath('consumer')], {
    PATH: process.env['PATH'],
    NODE_OPTIONS: CONSUMER_NODE_OPTIONS,
    [POD_ENV.config]: configPath,
    [POD_ENV.dataDir]: dataDir,
    [POD_ENV.kafkaDir]: kafkaDir,
    [POD_ENV.bindAddress]: '127.0.0.1',
    [POD_ENV.port]: '0',
    ...(databricksDir === undefined ? {} : { [POD_ENV.databricksDir]: databricksDir }),
    ...env,
  });
  let seen = '';
  process_.child.stdout?.on('data', (chunk: Buffer) => (seen = seen.length > 20_000 ? seen : seen + chunk));
  return {
    process: process_,
    get: async (path) => {
      const port = /"port":(\d+)/.exec(seen)?.[1];
      if (port === undefined) return undefined;
      const answer = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
      return answer === undefined ? undefined : { status: answer.status, body: await answer.text() };
    },
  };
}
