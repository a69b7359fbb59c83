import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConsumerConfig } from '@tributary/api';
import { waitUntil, type TestBroker } from '@tributary/local/testing';
import type { AuditReport } from '../audit/report.ts';
import type { ConsumerProcess } from './consumer-process.ts';
import { FeedUnderTest } from './feed-under-test.ts';
import { VOLUME, type WorkspaceUnderTest } from './workspace-under-test.ts';

export interface KillRunOptions {
  readonly broker: TestBroker;
  readonly workspace: WorkspaceUnderTest;
  readonly name: string;
  readonly kills: number;
  /** Printed with the outcome, so that a failing history can be had again. */
  readonly seed: number;
  readonly longestLifeMs: number;
}

export interface KillRunOutcome {
  readonly report: AuditReport;
  readonly published: number;
  /** How often each trouble was had. */
  readonly troubles: Readonly<Record<Trouble, number>>;
}

type Trouble =
  | 'kill'
  | 'twoAtOnce'
  | 'zombie'
  | 'diskGone'
  | 'brokerCrash'
  | 'retention'
  | 'otherColumns'
  | 'otherCompression';

const PARTITIONS = 2;
const COLUMNS: ConsumerConfig['columns'][] = [
  [
    { name: 'id', role: 'key', type: 'string' },
    { name: 'value', role: 'measure', type: 'double' },
  ],
  [
    { name: 'id', role: 'key', type: 'string' },
    { name: 'value', role: 'measure', type: 'double' },
    { name: 'note', role: 'dimension', type: 'string' },
  ],
];

/** Kills consumers at random moments, among all the other troubles that they meet, and audits what has landed. */
export async function killRun(options: KillRunOptions): Promise<KillRunOutcome> {
  const { broker, workspace, name, kills, seed, longestLifeMs } = options;
  const random = mulberry32(seed);
  const chance = (of: number): boolean => random() < of;
  const troubles: Record<Trouble, number> = {
    kill: 0,
    twoAtOnce: 0,
    zombie: 0,
    diskGone: 0,
    brokerCrash: 0,
    retention: 0,
    otherColumns: 0,
    otherCompression: 0,
  };
  const csv = { cut: { records: 37, bytes: '64Mi', after: '200ms' } };
  const feed = await FeedUnderTest.create(broker, name, {
    partitions: PARTITIONS,
    csv,
    config: { volume: VOLUME },
  });
  try {
    const disk = (index: number): string => join(feed.folder, `data-${index}`);
    const start = (index = 0): ConsumerProcess =>
      feed.start({ databricksDir: workspace.connectionDir, dataDir: disk(index) });
    let [columns, compression] = [0, 'gzip' as ConsumerConfig['csv']['compression']];
    const changeLayout = async (probability: number): Promise<void> => {
      if (chance(probability)) {
        columns = 1 - columns;
        troubles.otherColumns += 1;
      }
      if (chance(probability)) {
        compression = compression === 'gzip' ? 'none' : 'gzip';
        troubles.otherCompression += 1;
      }
      await feed.configure({ columns: COLUMNS[columns] ?? [], csv: { ...feed.config.csv, compression } });
    };
    let published = 0;
    for (let kill = 0; kill < kills; kill += 1) {
      await changeLayout(0.08);
      const consumers = [start()];
      if (chance(0.15)) {
        consumers.push(start(1));
        troubles.twoAtOnce += 1;
      }
      if (chance(0.2)) await feed.publish(1 + Math.floor(random() * 30), 'abort');
      const count = 1 + Math.floor(random() * 300);
      await feed.publish(count);
      published += count;
      // The moment of death is what varies; there is no condition to wait for.
      await new Promise((resolve) => setTimeout(resolve, random() * longestLifeMs));
      if (chance(0.15)) {
        // Replaced while it stands still, with whatever it had on its way, and awake again beside its successor.
        const [zombie] = consumers;
        zombie?.freeze();
        await changeLayout(0.3);
        consumers.push(start(2));
        await new Promise((resolve) => setTimeout(resolve, random() * longestLifeMs));
        zombie?.thaw();
        await new Promise((resolve) => setTimeout(resolve, (random() * longestLifeMs) / 2));
        troubles.zombie += 1;
      }
      if (chance(0.03)) {
        await broker.kill();
        await broker.restart();
        await feed.reconnect();
        troubles.brokerCrash += 1;
      }
      for (const consumer of consumers) {
        await consumer.kill();
        troubles.kill += 1;
      }
      if (chance(0.1)) {
        await rm(disk(0), { recursive: true, force: true });
        troubles.diskGone += 1;
      }
      if (chance(0.1) && (await truncateWhatHasLanded(feed, workspace))) troubles.retention += 1;
    }
    const last = start();
    await waitUntil(async () => (await last.status()).uploaded.records === published || undefined, {
      what: `${published} records to be in the volume (seed ${seed})`,
      timeoutMs: 90_000,
    });
    if ((await last.stop()) !== 0) throw new Error(last.lines.slice(-5).join('\n'));
    return { report: await feed.audit(true, workspace.volume), published, troubles };
  } finally {
    await feed.remove();
  }
}

/** As retention does when the consumer keeps up. */
async function truncateWhatHasLanded(feed: FeedUnderTest, workspace: WorkspaceUnderTest): Promise<boolean> {
  const { partitions } = await feed.audit(false, workspace.volume);
  for (const { partition, lastOffset } of partitions) {
    if (lastOffset !== undefined) await feed.truncate(partition, BigInt(lastOffset) + 1n);
  }
  return partitions.some(({ lastOffset }) => lastOffset !== undefined);
}

/** A small generator whose whole state is its seed. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
