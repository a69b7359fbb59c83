/** The stand-in's topic operator: KafkaTopic → topic. One direction only, as Strimzi's. */
import {
  type Clock,
  type KubeClient,
  type KubeLog,
  type ReadonlyStore,
  splitKey,
} from '@tributary/operator/kube';
import { BrokerError } from './broker-connection.ts';
import type { BrokerTopics } from './broker-topics.ts';
import { Controller } from './controller.ts';
import {
  CLUSTER_LABEL,
  type Condition,
  type KafkaTopic,
  KafkaTopicResource,
  MANAGED_ANNOTATION,
  PAUSED_ANNOTATION,
  TOPIC_FINALIZER,
} from './resources.ts';
import { planTopic, topicNameOf } from './topic-plan.ts';
import { notReady, ready, writeStatus } from './write-status.ts';

export interface TopicOperatorOptions {
  client: KubeClient;
  clock: Clock;
  log: KubeLog;
  namespace: string;
  /** Name of the Kafka that is served. */
  cluster: string;
  topics: BrokerTopics;
  resyncMs: number;
}

export class TopicOperator {
  readonly #options: TopicOperatorOptions;
  readonly #controller: Controller<KafkaTopic>;

  constructor(options: TopicOperatorOptions) {
    const { client, clock, log, namespace, cluster, resyncMs } = options;
    this.#options = options;
    this.#controller = new Controller<KafkaTopic>({
      client,
      type: KafkaTopicResource,
      selector: { namespace, labelSelector: `${CLUSTER_LABEL}=${cluster}` },
      clock,
      log,
      resyncMs,
      reconcile: (key, signal) => this.#reconcile(key, signal),
      // Who lost a topic to another resource has it once that one is gone.
      onChange: ({ type, object }) => {
        if (type === 'deleted')
          for (const rival of rivalsOf(object, this.#controller.store)) this.#controller.add(keyFor(rival));
      },
    });
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#controller.run(signal);
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<void> {
    const { namespace, name } = splitKey(key);
    const topic = this.#controller.store.get(name, namespace);
    if (topic === undefined) return;
    const { annotations, deletionTimestamp } = topic.metadata;
    const managed = annotations?.[MANAGED_ANNOTATION] !== 'false';
    if (deletionTimestamp !== undefined) return await this.#delete(topic, managed, signal);
    if (annotations?.[PAUSED_ANNOTATION] === 'true')
      return await this.#write(topic, { type: 'ReconciliationPaused', status: 'True' }, signal);
    if (!managed) {
      // Strimzi lets go of it: deleting the resource will leave the topic.
      await this.#setFinalizer(topic, false, signal);
      return await this.#write(topic, { type: 'Unmanaged', status: 'True' }, signal);
    }
    const owner = olderRival(topic, this.#controller.store);
    if (owner !== undefined) {
      const message = `Managed by Ref{namespace='${namespace}', name='${owner.metadata.name}'}`;
      return await this.#write(topic, notReady('ResourceConflict', message), signal);
    }
    await this.#setFinalizer(topic, true, signal);
    await this.#write(topic, await this.#converge(topic), signal);
  }

  async #converge(topic: KafkaTopic): Promise<Condition> {
    const { topics } = this.#options;
    const name = topicNameOf(topic);
    try {
      const plan = planTopic(topic, await topics.describe(topic.status?.topicName ?? name));
      if (plan.kind === 'refuse') return notReady(plan.reason, plan.message);
      if (plan.kind === 'create') await topics.create(name, plan.partitions, plan.replicas, plan.config);
      if (plan.kind === 'alter') {
        if (plan.growTo !== undefined) await topics.grow(name, plan.growTo);
        if (Object.keys(plan.set).length > 0 || plan.unset.length > 0)
          await topics.configure(name, plan.set, plan.unset);
      }
      return ready();
    } catch (error) {
      // The broker said no: the resource has to change. Where it did not answer, the queue tries again.
      if (error instanceof BrokerError) return notReady('KafkaError', `${error.reason}: ${error.message}`);
      throw error;
    }
  }

  async #write(topic: KafkaTopic, condition: Condition, signal: AbortSignal): Promise<void> {
    const { client, clock, topics } = this.#options;
    const name = topic.status?.topicName ?? topicNameOf(topic);
    const owned = condition.type === 'Ready' && condition.reason !== 'ResourceConflict';
    const present = owned ? await topics.describe(name) : undefined;
    await writeStatus(
      client,
      KafkaTopicResource,
      topic,
      { conditions: [condition], ...(present === undefined ? {} : { topicName: name, topicId: present.id }) },
      clock.now(),
      signal,
    );
  }

  async #delete(topic: KafkaTopic, managed: boolean, signal: AbortSignal): Promise<void> {
    if (topic.metadata.finalizers?.includes(TOPIC_FINALIZER) !== true) return;
    const isOwner = olderRival(topic, this.#controller.store) === undefined;
    if (managed && isOwner) await this.#options.topics.delete(topic.status?.topicName ?? topicNameOf(topic));
    await this.#setFinalizer(topic, false, signal);
  }

  async #setFinalizer(topic: KafkaTopic, wanted: boolean, signal: AbortSignal): Promise<void> {
    const { name, namespace, finalizers = [], resourceVersion } = topic.metadata;
    if (finalizers.includes(TOPIC_FINALIZER) === wanted) return;
    const next = wanted
      ? [...finalizers, TOPIC_FINALIZER]
      : finalizers.filter((each) => each !== TOPIC_FINALIZER);
    // A list is replaced as a whole, so it must be the list that was read.
    const metadata = { finalizers: next, resourceVersion };
    await this.#options.client.mergePatch(KafkaTopicResource, name, namespace, { metadata }, { signal });
  }
}

function rivalsOf(topic: KafkaTopic, store: ReadonlyStore<KafkaTopic>): KafkaTopic[] {
  const name = topicNameOf(topic);
  return store
    .list()
    .filter((other) => other.metadata.uid !== topic.metadata.uid && topicNameOf(other) === name);
}

/** The oldest resource has the topic. */
function olderRival(topic: KafkaTopic, store: ReadonlyStore<KafkaTopic>): KafkaTopic | undefined {
  const age = ({ metadata }: KafkaTopic) => `${metadata.creationTimestamp} ${metadata.uid}`;
  return rivalsOf(topic, store).find(
    (other) => other.metadata.annotations?.[MANAGED_ANNOTATION] !== 'false' && age(other) < age(topic),
  );
}

function keyFor({ metadata }: KafkaTopic): string {
  return `${metadata.namespace}/${metadata.name}`;
}
