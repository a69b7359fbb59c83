import { OffsetOutOfRangeError, type FetchedRecords, type PartitionReader } from '@tributary/kafka';
import type { Watchdog } from '@tributary/runtime';
import { ConsumerError } from '../errors.ts';
import { reportGap } from '../landing/gap-report.ts';
import type { Lane } from '../partition/lane.ts';
import type { DiskBudget } from '../spool/disk-budget.ts';
import type { KeptFiles } from '../spool/kept-files.ts';
import { fullDisk } from './full-disk.ts';
import { kafkaHealthOf } from './kafka-health.ts';
import type { ConsumerMetrics } from './metrics.ts';
import { feedOf, withKafka, withVolume, type Surroundings } from './prepare.ts';

export interface ReadLoopOptions {
  readonly around: Surroundings;
  readonly topicId: string;
  readonly reader: PartitionReader;
  readonly lanes: ReadonlyMap<number, Lane>;
  readonly budget: DiskBudget;
  /** Goes first, where the budget is needed. */
  readonly kept: KeptFiles;
  readonly metrics: ConsumerMetrics;
  readonly watchdog: Watchdog;
  /** Told of each fetch, for the lag. */
  readonly onFetched: (fetched: FetchedRecords) => void;
}

/** A seek waits for the poll under way, so it is short; one empty answer a second costs an idle consumer little. */
const POLL_WAIT_MS = 1_000;
/** A poll that takes its time, a retry's pause (at most 75 s), a disk that is slow. */
const PROGRESS_WITHIN_MS = 120_000;
const LOOP = 'read';

/** Reads records into the lanes until the signal. */
export async function readLoop(options: ReadLoopOptions, signal: AbortSignal): Promise<void> {
  const { around, reader, lanes, watchdog } = options;
  try {
    while (!signal.aborted) {
      watchdog.progress(LOOP, PROGRESS_WITHIN_MS);
      await room(options, signal);
      rewind(lanes, reader);
      const partitions = [...lanes.values()].filter((lane) => !lane.halted).map((lane) => lane.partition);
      if (partitions.length === 0) {
        // Only a person or an upload can go on from here; the process stays to say so.
        await around.clock.sleep(POLL_WAIT_MS, signal);
        continue;
      }
      const fetched = await withKafka(around, signal, () =>
        attempt(watchdog, () => poll(options, partitions, signal)),
      );
      // Kafka's health is that of the partitions that stopped, while there are any.
      const halted = [...lanes.values()].find((lane) => lane.readAlarm !== undefined);
      if (halted !== undefined) around.state.kafka = kafkaHealthOf(halted.readAlarm);
      for (const each of fetched) {
        options.onFetched(each);
        await lanes.get(each.partition)?.accept(each.records, each.nextOffset, () => room(options, signal));
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    watchdog.done(LOOP);
  }
}

async function poll(
  options: ReadLoopOptions,
  partitions: readonly number[],
  signal: AbortSignal,
): Promise<FetchedRecords[]> {
  try {
    return await options.reader.poll({ maxWaitMs: POLL_WAIT_MS, partitions, signal });
  } catch (error) {
    if (!(error instanceof OffsetOutOfRangeError)) throw error;
    await leaveGap(options, error, signal);
    return [];
  }
}

/** Delivery 5: a position that the log does not hold is reported, in the volume for ever, before reading goes on. */
async function leaveGap(
  options: ReadLoopOptions,
  error: OffsetOutOfRangeError,
  signal: AbortSignal,
): Promise<void> {
  const { around, reader, lanes, metrics, topicId } = options;
  const { partition, requested, logStart, logEnd } = error;
  const lane = lanes.get(partition);
  if (lane === undefined) throw error;
  if (lane.position !== requested) return; // an answer to where we were before an adoption; the next poll asks anew
  if (requested >= logStart) {
    const message = `partition ${partition} has landed up to ${requested - 1n}, but the topic ends at ${logEnd}: it lost records or was made anew`;
    around.log.error({ partition, requested: String(requested), logEnd: String(logEnd) }, message);
    lane.haltReading(new ConsumerError('PositionBeyondEnd', message));
    return;
  }
  const gap = { partition, from: String(requested), to: String(logStart - 1n) };
  const left = await lane.leaveGap(requested, logStart, async () => {
    around.log.error(gap, 'records were gone before they could be read');
    const foundAt = new Date(around.clock.now()).toISOString();
    await withVolume(around, signal, () =>
      attempt(options.watchdog, () =>
        reportGap(around.volume, feedOf(around), topicId, { ...gap, foundAt }, signal),
      ),
    );
  });
  if (!left) return;
  metrics.gapRecords.inc(Number(logStart - requested));
  reader.seek(partition, logStart);
}

/** Each attempt is progress, also one that fails: a restart mends no outage. One that never ends is none. */
async function attempt<T>(watchdog: Watchdog, operation: () => Promise<T>): Promise<T> {
  watchdog.progress(LOOP, PROGRESS_WITHIN_MS);
  try {
    return await operation();
  } finally {
    watchdog.progress(LOOP, PROGRESS_WITHIN_MS);
  }
}

function rewind(lanes: ReadonlyMap<number, Lane>, reader: PartitionReader): void {
  for (const [partition, lane] of lanes) {
    const position = lane.takeRewind();
    if (position !== undefined) reader.seek(partition, position);
  }
}

/** Resolves at once while there is disk to use. */
async function room(
  { around, lanes, budget, kept, watchdog }: ReadLoopOptions,
  signal: AbortSignal,
): Promise<void> {
  await kept.makeRoom();
  if (!budget.spent) return;
  const { config, log, state } = around;
  const full = fullDisk(budget, config);
  log.warn({ used: budget.used, limit: budget.limit }, full.message);
  // Where uploads fail that is the cause, and it is said already.
  if (state.volume.healthy) state.volume = full;
  watchdog.done(LOOP);
  await budget.room(signal, async () => {
    // Files that are open take room too, and where nothing is being uploaded nothing else can give it back.
    if ([...lanes.values()].some(({ queue }) => !queue.empty && queue.halted === undefined)) return;
    for (const lane of lanes.values()) await lane.makeRoom();
  });
  watchdog.progress(LOOP, PROGRESS_WITHIN_MS);
  if (state.volume.reason === 'DiskFull')
    state.volume = { healthy: true, reason: 'Reachable', message: 'there is room again' };
}
