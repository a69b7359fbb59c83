import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestBroker } from '@tributary/local/testing';
import { stringify } from 'yaml';
import { MeasuredProcess } from '../measure/measured-process.ts';
import { COLUMNS } from './records.ts';

/** A cell as RFC 4180 wants it; Bento has no function for it. */
const QUOTE = `map cell {
  root = if this == null { "" } else if this == "" { "\\"\\"" } else if this.re_match("[\\",\\r\\n]") {
    "\\"" + this.replace_all("\\"", "\\"\\"") + "\\""
  } else { this }
}`;

const CELLS = [
  '@kafka_partition.string()',
  '@kafka_offset.string()',
  '@op',
  '@poll',
  '@observed_at',
  '@event_time',
  ...COLUMNS.map(({ name }) => `this.${name}.apply("cell")`),
  '""',
];

/** Bento, doing the same: lineage, eight columns and the place of the undeclared, in gzip files of `records` rows. */
export async function startBento(options: {
  bento: string;
  broker: TestBroker;
  folder: string;
  topic: string;
  records: number;
}): Promise<MeasuredProcess> {
  const { bento, broker, folder, topic, records } = options;
  await mkdir(join(folder, 'files'), { recursive: true });
  const ca = join(folder, 'ca.crt');
  await writeFile(ca, broker.caPem);
  const config = {
    http: { enabled: false },
    logger: { level: 'WARN' },
    shutdown_timeout: '10s',
    input: {
      kafka_franz: {
        seed_brokers: broker.bootstrapServers.split(','),
        topics: [topic],
        consumer_group: 'bench-bento',
        start_from_oldest: true,
        checkpoint_limit: records * 8,
        tls: { enabled: true, root_cas_file: ca },
        sasl: [
          {
            mechanism: 'SCRAM-SHA-512',
            username: broker.adminUser.username,
            password: broker.adminUser.password,
          },
        ],
        batching: { count: records, period: '5m' },
      },
    },
    pipeline: {
      threads: -1,
      processors: [
        { mapping: `${QUOTE}\nroot = [${CELLS.join(', ')}].join(",")` },
        { mapping: 'meta first_offset = if batch_index() == 0 { @kafka_offset }' },
        { archive: { format: 'lines' } },
        { compress: { algorithm: 'gzip' } },
      ],
    },
    output: {
      file: { path: join(folder, 'files', '${! @first_offset }.csv.gz'), codec: 'all-bytes' },
    },
  };
  const path = join(folder, 'bento.yaml');
  await writeFile(path, stringify(config, { lineWidth: 0 }));
  return new MeasuredProcess(bento, ['-c', path], { PATH: process.env['PATH'], HOME: folder });
}
