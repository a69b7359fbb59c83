import { join } from 'node:path';
import type { FetchedRecords } from '@tributary/kafka';
import { Workload, type Watchdog } from '@tributary/runtime';
import type { Landed } from '../landing/claim.ts';
import { healthOf } from '../landing/volume-health.ts';
import { readHistory, type History } from '../landing/history.ts';
import { dialectOf, readFirstLayout } from '../landing/schema-file.ts';
import { UploadQueue } from '../landing/upload-queue.ts';
import { cutLimits } from '../partition/cut.ts';
import { continuing, Lane } from '../partition/lane.ts';
import type { DiskBudget } from '../spool/disk-budget.ts';
import { KeptFiles } from '../spool/kept-files.ts';
import { usedBytes, type Spool } from '../spool/spool.ts';
import type { SpooledFile } from '../spool/spooled-file.ts';
import { auditLoop } from './audit-loop.ts';
import { fullDisk } from './full-disk.ts';
import { LagGauge } from './lag-gauge.ts';
import type { ConsumerMetrics } from './metrics.ts';
import { feedOf, prepare, volumeWatch, withVolume, type Prepared, type Surroundings } from './prepare.ts';
import { readLoop } from './read-loop.ts';
import { reportHoles } from './report-holes.ts';
import { tellProgress } from './tell-progress.ts';
import { within } from './within.ts';
import { watchTopic } from './watch-topic.ts';

export interface FeedConsumerOptions extends Surroundings {
  /** What the budget is of. */
  readonly dataDir: string;
  readonly spool: Spool;
  readonly budget: DiskBudget;
  readonly metrics: ConsumerMetrics;
  readonly watchdog: Watchdog;
  /** How long a stop may wait for uploads. @default 15000 */
  readonly drainMs?: number;
}

const DRAIN_MS = 15_000;
const CLOSE_MS = 500;

/**
 * Carries one feed from its topic to its volume until the signal; then completes what is open, and uploads for a while.
 * Rejects when the disk fails or the topic is not the same any more: a new process begins from what has landed.
 */
export async function consumeFeed(options: FeedConsumerOptions, signal: AbortSignal): Promise<void> {
  const { spool, log, state, drainMs = DRAIN_MS } = options;
  const spooled = await spool.recover(
    (file) => withVolume(options, signal, () => dialectOf(options.volume, feedOf(options), file, signal)),
    (path, reason) =>
      log.warn({ path, reason }, 'dropped a damaged file of our own disk; its records are read again'),
  );
  const { dataDir, config, budget, clock } = options;
  const kept = new KeptFiles({ folder: join(dataDir, 'kept'), keep: config.storage.keep, budget, clock });
  await kept.recover();
  budget.take((await usedBytes(dataDir)) - kept.bytes);
  const prepared = await prepare(options, signal);
  const run = new Run({ ...options, kept }, prepared);
  await run.takeUp(spooled, signal);
  state.positioned = true;
  await run.untilStopped(signal, drainMs);
}

interface RunOptions extends FeedConsumerOptions {
  readonly kept: KeptFiles;
}

class Run {
  readonly #options: RunOptions;
  readonly #prepared: Prepared;
  readonly #lanes = new Map<number, Lane>();
  readonly #lag: LagGauge;
  readonly #workload = new Workload();
  /** Of topics that are no more, whose last files still waited. */
  readonly #former: UploadQueue[] = [];
  readonly #fatal = Promise.withResolvers<never>();

  constructor(options: RunOptions, prepared: Prepared) {
    this.#options = options;
    this.#prepared = prepared;
    this.#lag = new LagGauge(this.#lanes, prepared.ends);
    options.state.totals = () => ({
      landed: sum([...this.#lanes.values()].map(({ queue }) => queue.landed)),
      uploaded: sum([...this.#lanes.values()].map(({ queue }) => queue.totals)),
    });
    this.#fatal.promise.catch(() => undefined); // untilStopped races it
  }

  /** Opens a lane for each partition, from the volume's history and the files of our own disk that continue it. */
  async takeUp(spooled: readonly SpooledFile[], signal: AbortSignal): Promise<void> {
    const { topicId, history, partitions } = this.#prepared;
    for (const partition of partitions) {
      const own = spooled.filter((file) => file.topicId === topicId && file.partition === partition);
      const kept = await this.#keepContinuing(own, history.get(partition)?.next ?? 0n);
      this.#lanes.set(partition, this.#lane(partition, kept));
    }
    this.#options.state.lastFile = [...history.values()].at(-1)?.lastFile;
    const formerTopics = new Set(spooled.map((file) => file.topicId).filter((id) => id !== topicId));
    for (const former of formerTopics) {
      await this.#takeUpFormer(
        former,
        spooled.filter((file) => file.topicId === former),
        signal,
      );
    }
    this.#options.state.lag = () => this.#lag.records();
  }

  async untilStopped(signal: AbortSignal, drainMs: number): Promise<void> {
    const { kafka, config, around, clock, budget, kept, metrics, watchdog } = {
      ...this.#options,
      around: this.#options,
    };
    const uploads = new AbortController();
    const reading = new AbortController();
    const readSignal = AbortSignal.any([signal, reading.signal]);
    const queues = [...this.#lanes.values()].map(({ queue }) => queue).concat(this.#former);
    const uploading = Promise.all(queues.map((queue) => queue.run(uploads.signal)));
    const reader = kafka.openReader({
      topic: config.kafka.topic,
      topicId: this.#prepared.topicId,
      from: new Map([...this.#lanes].map(([partition, lane]) => [partition, lane.position])),
    });
    try {
      const read = readLoop(
        {
          around,
          topicId: this.#prepared.topicId,
          reader,
          lanes: this.#lanes,
          budget,
          kept,
          metrics,
          watchdog,
          onFetched: (fetched: FetchedRecords) => {
            this.#workload.add(bytesOf(fetched));
            this.#lag.fetched(fetched);
          },
          onFatal: (error) => this.#fatal.reject(error),
        },
        readSignal,
      );
      const beside = [
        watchTopic(around, this.#prepared, (ends) => this.#lag.found(ends), readSignal),
        this.#tellProgress(readSignal),
        auditLoop(around, this.#prepared.topicId, metrics, readSignal),
        kept.run(readSignal),
        uploading,
      ];
      // What runs beside the reading ends it only by failing.
      await Promise.race([read, this.#fatal.promise, ...beside.map((it) => it.then(() => read))]);
      await this.#drain(queues, AbortSignal.timeout(drainMs));
    } finally {
      reading.abort();
      uploads.abort();
      await uploading.catch(() => undefined); // its error has already ended the race
      // A long poll may still be under way, and has nothing to lose.
      await within(reader.close(), CLOSE_MS, clock);
    }
  }

  #tellProgress(signal: AbortSignal): Promise<void> {
    const landed = (): ReadonlyMap<number, bigint> =>
      new Map([...this.#lanes].map(([partition, { queue }]) => [partition, queue.landedUpTo]));
    return tellProgress(this.#options, landed, signal);
  }

  async #drain(queues: readonly UploadQueue[], deadline: AbortSignal): Promise<void> {
    for (const lane of this.#lanes.values()) await lane.finish();
    await Promise.all(queues.map((queue) => queue.drained(deadline)));
    const left = queues.filter((queue) => !queue.empty).length;
    if (left > 0)
      this.#options.log.warn(
        { partitions: left },
        'stopping with files that are not uploaded yet; they stay on the disk',
      );
  }

  #lane(partition: number, spooled: readonly SpooledFile[]): Lane {
    const { config, metrics } = this.#options;
    const { topicId, layout, firstLayout, history } = this.#prepared;
    return new Lane(
      {
        ...this.#queueOptions(),
        partition,
        topicId,
        layout,
        firstLayout,
        limits: cutLimits(config.csv),
        onCut: (file, cause) => {
          metrics.landed.inc(file.rows);
          metrics.files.inc({ state: 'landed' });
          this.#options.log.info(
            { path: file.path, rows: file.rows, bytes: file.bytes, cause },
            'file complete',
          );
        },
        onFatal: (error) => this.#fatal.reject(error),
      },
      history.get(partition),
      spooled,
    );
  }

  #queueOptions(): Omit<ConstructorParameters<typeof UploadQueue>[0], 'onTailVoid' | 'ours'> {
    const { volume, spool, kept, budget, clock, random } = this.#options;
    const watch = volumeWatch(this.#options);
    return {
      feed: feedOf(this.#options),
      volume,
      spool,
      kept,
      budget,
      clock,
      random,
      onLanded: this.#onLanded,
      onFailure: watch.onFailure,
      onSuccess: () => {
        watch.onSuccess();
        if (budget.spent) this.#options.state.volume = fullDisk(budget, this.#options.config);
        // An alarm of one partition is not hidden by the uploads of the others.
        const alarm = [...this.#lanes.values()].find(({ queue }) => queue.halted !== undefined)?.queue.halted;
        if (alarm !== undefined) this.#options.state.volume = healthOf(alarm);
      },
    };
  }

  readonly #onLanded = (file: SpooledFile, landed: Landed, milliseconds: number): void => {
    const { metrics, state, clock, log } = this.#options;
    metrics.files.inc({ state: landed.adopted ? 'adopted' : 'uploaded' });
    metrics.uploadSeconds.observe(milliseconds / 1_000);
    if (file.newestEventMs !== undefined)
      metrics.endToEndSeconds.observe((clock.now() - file.newestEventMs) / 1_000);
    state.lastFile = landed.path;
    state.lastUploadAt = new Date(clock.now()).toISOString();
    log.info(
      { path: landed.path, rows: file.rows, adopted: landed.adopted, milliseconds },
      'file in the volume',
    );
  };

  async #takeUpFormer(topicId: string, files: readonly SpooledFile[], signal: AbortSignal): Promise<void> {
    const { volume } = this.#options;
    const partitions = new Set(files.map(({ partition }) => partition));
    const history: History = await withVolume(this.#options, signal, () =>
      readHistory(volume, feedOf(this.#options), topicId, [...partitions], signal),
    );
    const firstLayout = await withVolume(this.#options, signal, () =>
      readFirstLayout(volume, feedOf(this.#options), topicId, signal),
    );
    for (const partition of partitions) {
      const before = history.get(partition);
      const own = files.filter((file) => file.partition === partition);
      const queue = new UploadQueue(
        { ...this.#queueOptions(), onTailVoid: () => queue.clear() },
        before ?? { next: 0n, totals: { rows: 0, files: 0 }, layout: firstLayout },
      );
      const next = before?.next ?? 0n;
      const kept = own.filter(({ firstOffset }) => firstOffset >= next);
      await this.#drop(own.filter((file) => !kept.includes(file)));
      await reportHoles(this.#options, kept, next, signal);
      for (const file of kept) queue.add(file);
      this.#former.push(queue);
    }
  }

  async #keepContinuing(own: readonly SpooledFile[], next: bigint): Promise<SpooledFile[]> {
    const { kept, void: dropped } = continuing(next, own);
    await this.#drop(dropped);
    return kept;
  }

  async #drop(dropped: readonly SpooledFile[]): Promise<void> {
    if (dropped.length > 0) {
      this.#options.log.info(
        { files: dropped.map(({ local }) => local) },
        'dropped files that the volume overtook',
      );
      await this.#options.spool.drop(dropped);
      this.#options.budget.release(dropped.reduce((bytes, file) => bytes + file.bytes, 0));
    }
  }
}

function sum(all: readonly { rows: number; files: number }[]): { rows: number; files: number } {
  return all.reduce((a, b) => ({ rows: a.rows + b.rows, files: a.files + b.files }), { rows: 0, files: 0 });
}

function bytesOf({ records }: FetchedRecords): number {
  return records.reduce((sum, { keyAt, headersEnd }) => sum + headersEnd - keyAt, 0);
}
