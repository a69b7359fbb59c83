import { join } from 'node:path';
import { CSV_DEFAULT, type ConsumerConfig } from '@tributary/api';
import type { Sql } from '@tributary/databricks';
import type { Kafka } from '@tributary/kafka';
import {
  createLogger,
  Registry,
  SecretRegistry,
  systemClock,
  Watchdog,
  type Clock,
} from '@tributary/runtime';
import { ConsumerState } from '../pod/consumer-state.ts';
import { consumeFeed } from '../pod/feed-consumer.ts';
import { createMetrics } from '../pod/metrics.ts';
import { DiskBudget } from '../spool/disk-budget.ts';
import { Spool } from '../spool/spool.ts';
import type { Volume } from '../volume/volume.ts';
import type { MemoryTopic } from './memory-topic.ts';

export interface InProcessOptions {
  readonly topic: MemoryTopic;
  /** How it reaches the topic. @default at once */
  readonly kafka?: Kafka;
  readonly volume: Volume;
  readonly dataDir: string;
  readonly csv?: Partial<ConsumerConfig['csv']>;
  readonly columns?: ConsumerConfig['columns'];
  readonly budget?: number;
  /** How long files stay after their upload. @default not at all */
  readonly keep?: string;
  readonly drainMs?: number;
  /** Of its watchdog, in milliseconds. */
  readonly watchdogNow?: () => number;
  /** How often it audits what it has landed. @default not within a test */
  readonly auditEvery?: string;
  /** A table that it compares too, and who is asked about it. */
  readonly bronze?: { readonly sql: Sql; readonly table: string; readonly warehouse: string };
}

export interface InProcessConsumer {
  readonly state: ConsumerState;
  readonly budget: DiskBudget;
  readonly lines: string[];
  /** Loops that stand still, as `/healthz` tells them. */
  stuck(): string[];
  /** What `/metrics` would answer. */
  metrics(): Promise<string>;
  /** Settles when it ends by itself or by `stop`. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

const LONG_MS = 5 * 60_000;

/** Retries at once: the tests' faults come by the thousand. What comes minutes later does not come within a test. */
const impatientClock: Clock = {
  now: systemClock.now,
  sleep: (ms, signal) => systemClock.sleep(ms < LONG_MS ? Math.min(ms, 50) / 50 : ms, signal),
};

/** A consumer within the test, for a topic within the test. */
export function startInProcess(options: InProcessOptions): InProcessConsumer {
  const { topic, volume, dataDir } = options;
  const lines: string[] = [];
  const state = new ConsumerState();
  const stop = new AbortController();
  const registry = new Registry();
  const watchdog = new Watchdog(options.watchdogNow);
  const budget = new DiskBudget(options.budget ?? 1_000_000_000, 0);
  const running = consumeFeed(
    {
      config: configOf(options),
      kafka: options.kafka ?? topic.kafka(),
      volume,
      sql: options.bronze?.sql,
      clock: impatientClock,
      random: Math.random,
      log: createLogger({
        component: 'test',
        registry: new SecretRegistry(),
        write: (line) => lines.push(line),
      }),
      state,
      dataDir,
      spool: new Spool({ folder: join(dataDir, 'spool'), feed: topic.name }),
      budget,
      metrics: createMetrics(registry, () => state.lag()),
      watchdog,
      ...(options.drainMs === undefined ? {} : { drainMs: options.drainMs }),
    },
    stop.signal,
  );
  running.catch(() => undefined); // thrown by `stop`
  return {
    state,
    budget,
    lines,
    stuck: () => watchdog.stuck(),
    metrics: () => registry.metrics(),
    ended: running,
    stop: async () => {
      stop.abort(new Error('the test stops it'));
      await running.catch((error: unknown) => {
        if (error !== stop.signal.reason) throw error;
      });
    },
  };
}

function configOf({ topic, csv, columns, keep, auditEvery, bronze }: InProcessOptions): ConsumerConfig {
  const [namespace = '', name = ''] = topic.name.split('.');
  return {
    feed: { namespace, name, uid: 'uid' },
    kafka: {
      bootstrapServers: ['in memory'],
      tls: 'none',
      topic: topic.name,
      stateTopic: '',
      deadLetterTopic: '',
      partitions: 1,
      transactionalId: '',
    },
    columns: columns ?? [
      { name: 'id', role: 'key', type: 'string' },
      { name: 'value', role: 'measure', type: 'double' },
    ],
    csv: {
      ...CSV_DEFAULT,
      compression: 'none',
      cut: { records: 10, bytes: '1Gi', after: '1h' },
      ...csv,
    },
    storage: { budget: '1Gi', ...(keep === undefined ? {} : { keep }) },
    ...(auditEvery === undefined ? {} : { audit: { every: auditEvery, ...tableOf(bronze) } }),
  };
}

function tableOf(bronze: InProcessOptions['bronze']): Pick<NonNullable<ConsumerConfig['audit']>, 'bronze'> {
  return bronze === undefined ? {} : { bronze: { table: bronze.table, warehouse: bronze.warehouse } };
}
