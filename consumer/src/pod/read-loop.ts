import {
  OffsetOutOfRangeError,
  PartitionFailedError,
  type FetchedRecords,
  type PartitionReader,
} from '@tributary/kafka';
import type { Watchdog } from '@tributary/runtime';
import { ConsumerError } from '../errors.ts';
import { reportGap } from '../landing/gap-report.ts';
import { persist } from '../landing/persist.ts';
import type { Lane } from '../partition/lane.ts';
import type { DiskBudget } from '../spool/disk-budget.ts';
import type { KeptFiles } from '../spool/kept-files.ts';
import { fullDisk } from './full-disk.ts';
import { kafkaHealthOf } from './kafka-health.ts';
import type { ConsumerMetrics } from './metrics.ts';
import { PartitionRests } from './partition-rests.ts';
import { feedOf, volumeWatch, withKafka, type Surroundings } from './prepare.ts';

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
  /** The disk failed beside the reading: nothing sensible can go on. */
  readonly onFatal: (error: unknown) => void;
}

/** A seek waits for the poll under way, so it is short; one empty answer a second costs an idle consumer little. */
const POLL_WAIT_MS = 1_000;
/** A poll that takes its time, a retry's pause (at most 75 s), a disk that is slow. */
const PROGRESS_WITHIN_MS = 120_000;
const LOOP = 'read';

/** Reads records into the lanes until the signal. */
export async function readLoop(options: ReadLoopOptions, signal: AbortSignal): Promise<void> {
  const { around, reader, lanes, watchdog } = options;
  const rests = new PartitionRests(around.clock, around.random);
  const readable = (): number[] =>
    [...lanes.values()]
      .filter(({ reads, partition }) => reads && !rests.rests(partition))
      .map(({ partition }) => partition);
  try {
    while (!signal.aborted) {
      watchdog.progress(LOOP, PROGRESS_WITHIN_MS);
      if (readable().length > 0) await room(options, signal);
      rewind(lanes, reader);
      const partitions = readable();
      if (partitions.length === 0) {
        // Only a person, an upload or a report can go on from here; the process stays to say so.
        await around.clock.sleep(POLL_WAIT_MS, signal);
        continue;
      }
      const fetched = await withKafka(around, signal, () =>
        attempt(watchdog, () => poll(options, partitions, rests, signal)),
      );
      // Kafka's health is that of the partitions that stopped, while there are any.
      const halted = [...lanes.values()].find((lane) => lane.readAlarm !== undefined);
      const alarm = halted?.readAlarm ?? rests.failure;
      if (alarm !== undefined) around.state.kafka = kafkaHealthOf(alarm);
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
  rests: PartitionRests,
  signal: AbortSignal,
): Promise<FetchedRecords[]> {
  try {
    const fetched = await options.reader.poll({ maxWaitMs: POLL_WAIT_MS, partitions, signal });
    rests.answered(partitions);
    return fetched;
  } catch (error) {
    if (error instanceof PartitionFailedError) {
      const { partition } = error;
      const retryInMs = rests.begin(error, signal);
      options.around.log.warn({ partition, ...kafkaHealthOf(error), retryInMs }, 'a partition failed');
      return [];
    }
    if (!(error instanceof OffsetOutOfRangeError)) throw error;
    leave(options, error, signal);
    return [];
  }
}

/** From a position that the log does not hold; the other partitions are read on meanwhile. */
function leave(options: ReadLoopOptions, error: OffsetOutOfRangeError, signal: AbortSignal): void {
  const { around, lanes, onFatal } = options;
  const { partition, requested, logStart, logEnd } = error;
  const lane = lanes.get(partition);
  if (lane === undefined) throw error;
  // An answer to where we were before an adoption, or a second one to the same fetch; the next poll asks anew.
  if (!lane.reads || lane.position !== requested) return;
  if (requested >= logStart) {
    const message = `partition ${partition} has landed up to ${requested - 1n}, but the topic ends at ${logEnd}: it lost records or was made anew`;
    around.log.error({ partition, requested: String(requested), logEnd: String(logEnd) }, message);
    lane.haltReading(new ConsumerError('PositionBeyondEnd', message));
    return;
  }
  leaveGap(options, lane, error, signal).catch((failure: unknown) => {
    if (signal.aborted) return;
    if (failure instanceof ConsumerError) lane.haltReading(failure);
    else onFatal(failure);
  });
}

/** Delivery 5: records that retention took are reported, in the volume for ever, before reading goes on. */
async function leaveGap(
  { around, metrics, topicId }: ReadLoopOptions,
  lane: Lane,
  { partition, requested, logStart }: OffsetOutOfRangeError,
  signal: AbortSignal,
): Promise<void> {
  const { volume, clock, random, log } = around;
  const gap = { partition, from: String(requested), to: String(logStart - 1n) };
  log.error(gap, 'records were gone before they could be read');
  const report = (): Promise<void> => {
    const foundAt = new Date(clock.now()).toISOString();
    return persist(() => reportGap(volume, feedOf(around), topicId, { ...gap, foundAt }, signal), {
      clock,
      random,
      signal,
      ...volumeWatch(around),
    });
  };
  if (await lane.leaveGap(requested, logStart, report, signal))
    metrics.gapRecords.inc(Number(logStart - requested));
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
    for (const lane of lanes.values()) {
      while (budget.spent && (await lane.giveUpNewest()))
        log.warn({ partition: lane.partition }, 'dropped a file of a halted partition for the others');
    }
    if (!budget.spent) return;
    // Files that are open take room too, and where nothing is being uploaded nothing else can give it back.
    if ([...lanes.values()].some(({ queue }) => !queue.empty && queue.halted === undefined)) return;
    for (const lane of lanes.values()) await lane.makeRoom();
  });
  watchdog.progress(LOOP, PROGRESS_WITHIN_MS);
  if (state.volume.reason === 'DiskFull')
    state.volume = { healthy: true, reason: 'Reachable', message: 'there is room again' };
}
