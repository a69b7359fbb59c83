import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestBroker } from '@tributary/local/testing';
import { stringify } from 'yaml';
import { MeasuredProcess } from '../measure/measured-process.ts';

const MEMBERS = ['id', 'time', 'symbol', 'price', 'volume', 'venue', 'note', 'currency'];

/**
 * Bento at the same job, with its own means, on all cores (`threads: -1`): it fetches the same pages, parses their JSON, splits them,
 * writes every member as text, and sends the same keys, values and headers in batches of a page to a topic of the same settings,
 * over the same TLS and login, idempotently and acknowledged by all replicas (both by default), uncompressed, as we do.
 * Dedupe is its own processor over its memory cache, by key, event time and the hash of the content.
 *
 * What it is spared, as it does not know how: transactions, state that survives a restart (a third of our bytes), a value that
 * comes back, and the order of pages and members. Digits it keeps as they were written.
 */
export async function startBento(options: {
  bento: string;
  broker: TestBroker;
  folder: string;
  topic: string;
  url: string;
  pages: number;
}): Promise<MeasuredProcess> {
  const { bento, broker, folder, topic, url, pages } = options;
  await mkdir(folder, { recursive: true });
  const ca = join(folder, 'ca.crt');
  await writeFile(ca, broker.caPem);
  const config = {
    http: { enabled: false },
    logger: { level: 'WARN' },
    cache_resources: [{ label: 'seen', memory: { default_ttl: '1h', shards: 8 } }],
    input: { generate: { count: pages, interval: '', mapping: 'root.page = counter()' } },
    pipeline: {
      threads: -1,
      processors: [
        { http: { url: `${url}?page=\${! this.page }`, verb: 'GET' } },
        { unarchive: { format: 'json_array' } },
        {
          mapping: [
            'meta key = {"id": this.id}.format_json(no_indent: true)',
            'meta op = "upsert"',
            'meta poll = "bench"',
            'meta observed_at = now()',
            'meta event_time = this.time',
            'meta generation = "1"',
            `root = {${MEMBERS.map((name) => `"${name}": this.${name}.string()`).join(', ')}}`,
          ].join('\n'),
        },
        { dedupe: { cache: 'seen', key: '${! @key }${! @event_time }${! content().hash("xxhash64") }' } },
      ],
    },
    output: {
      kafka_franz: {
        seed_brokers: broker.bootstrapServers.split(','),
        topic,
        key: '${! @key }',
        metadata: { include_patterns: ['^(op|poll|observed_at|event_time|generation)$'] },
        compression: 'none',
        max_in_flight: 10,
        tls: { enabled: true, root_cas_file: ca },
        sasl: [
          {
            mechanism: 'SCRAM-SHA-512',
            username: broker.adminUser.username,
            password: broker.adminUser.password,
          },
        ],
      },
    },
  };
  const path = join(folder, 'bento.yaml');
  await writeFile(path, stringify(config, { lineWidth: 0 }));
  return new MeasuredProcess(bento, ['-c', path], { PATH: process.env['PATH'], HOME: folder });
}
