import { csvDialect, feedName, type ConsumerConfig } from '@tributary/api';
import type { Sql } from '@tributary/databricks';
import type { Kafka } from '@tributary/kafka';
import type { Clock, Logger } from '@tributary/runtime';
import { healthOf, healthy } from '../landing/volume-health.ts';
import { readHistory, type History } from '../landing/history.ts';
import { persist, type PersistOptions } from '../landing/persist.ts';
import { claimSchema, readFirstLayout } from '../landing/schema-file.ts';
import type { Layout, LayoutName } from '../partition/layout.ts';
import type { Volume } from '../volume/volume.ts';
import type { ConsumerState } from './consumer-state.ts';
import { findTopic, type FoundTopic } from './find-topic.ts';
import { KAFKA_HEALTHY, kafkaHealthOf } from './kafka-health.ts';

export interface Surroundings {
  readonly config: ConsumerConfig;
  readonly kafka: Kafka;
  readonly volume: Volume;
  /** Asks the workspace's warehouses, where there is one. */
  readonly sql?: Sql | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly state: ConsumerState;
}

/** What is needed to go on trying and to tell of it. */
type Trying = Pick<Surroundings, 'clock' | 'random' | 'log' | 'state'>;

export function feedOf({ config }: Surroundings): string {
  return feedName(config.feed.namespace, config.feed.name);
}

/** Repeats until Kafka answers, saying on `/status` what is in the way. */
export function withKafka<T>(around: Trying, signal: AbortSignal, operation: () => Promise<T>): Promise<T> {
  return persist(operation, {
    ...basics(around, signal),
    onFailure: (error, retryInMs) => {
      around.state.kafka = kafkaHealthOf(error);
      around.log.warn({ ...around.state.kafka, retryInMs }, 'Kafka failed');
    },
    onSuccess: () => (around.state.kafka = KAFKA_HEALTHY),
  });
}

/** The same for the volume. */
export function withVolume<T>(around: Trying, signal: AbortSignal, operation: () => Promise<T>): Promise<T> {
  return persist(operation, { ...basics(around, signal), ...volumeWatch(around) });
}

/** How uploads tell of their success and failure. */
export function volumeWatch({ state, log }: Trying): Pick<PersistOptions, 'onFailure' | 'onSuccess'> {
  return {
    onFailure: (error, retryInMs) => {
      state.volume = healthOf(error);
      log.warn({ ...state.volume, retryInMs }, 'the volume failed');
    },
    onSuccess: () => (state.volume = healthy('the volume takes files')),
  };
}

// While preparing, alarms are tried again too: the operator or a person changes what they speak of.
function basics(
  { clock, random }: Trying,
  signal: AbortSignal,
): Pick<PersistOptions, 'clock' | 'random' | 'signal' | 'alarmsEnd'> {
  return { clock, random, signal, alarmsEnd: false };
}

export interface Prepared extends FoundTopic {
  readonly layout: Layout;
  /** Of the first file of a partition where nothing has landed. */
  readonly firstLayout: LayoutName;
  readonly history: History;
}

/** Everything that must be known before the first record is read (Delivery 5). */
export async function prepare(around: Surroundings, signal: AbortSignal): Promise<Prepared> {
  const { config, kafka, volume, state } = around;
  const topic = await withKafka(around, signal, () => findTopic(kafka, config.kafka, signal));
  state.topicId = topic.topicId;
  const feed = feedOf(around);
  const { topicId } = topic;
  // Each is repeated alone, so that a bad network does not begin everything anew.
  const retried = <T>(operation: () => Promise<T>): Promise<T> => withVolume(around, signal, operation);
  const written = { columns: config.columns, csv: csvDialect(config.csv) };
  // The schema first: a consumer that is superseded must find it from the first file on that we land.
  const { compression } = config.csv;
  const schema = await retried(() => claimSchema(volume, feed, topicId, written, compression, signal));
  const layout = { ...written, schema, gzip: compression === 'gzip' };
  const history = await retried(() => readHistory(volume, feed, topicId, topic.incomplete, signal));
  const firstLayout = await retried(() => readFirstLayout(volume, feed, topicId, signal));
  return { ...topic, layout, history, firstLayout };
}
