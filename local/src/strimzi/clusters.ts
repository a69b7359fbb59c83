/** The stand-in's cluster operator: it starts no broker, but says of the one there is what Strimzi would say. */
import {
  Applier,
  type Clock,
  type KubeClient,
  type KubeLog,
  SecretResource,
  splitKey,
} from '@tributary/operator/kube';
import { Controller } from './controller.ts';
import { clusterCaSecret, kafkaStatus, type ServedBroker } from './kafka-status.ts';
import { type Kafka, KafkaResource, PAUSED_ANNOTATION } from './resources.ts';
import { notReady, writeStatus } from './write-status.ts';

export interface ClusterOperatorOptions {
  client: KubeClient;
  clock: Clock;
  log: KubeLog;
  namespace: string;
  broker: ServedBroker;
  resyncMs: number;
  /** Called once the Kafka that is served is known. */
  serve: (cluster: string) => void;
}

export class ClusterOperator {
  readonly #options: ClusterOperatorOptions;
  readonly #controller: Controller<Kafka>;
  readonly #applier: Applier;
  #served: string | undefined;

  constructor(options: ClusterOperatorOptions) {
    const { client, clock, log, namespace, resyncMs } = options;
    this.#options = options;
    this.#applier = new Applier({ client, fieldManager: 'strimzi-cluster-operator' });
    this.#controller = new Controller<Kafka>({
      client,
      type: KafkaResource,
      selector: { namespace },
      clock,
      log,
      resyncMs,
      reconcile: (key, signal) => this.#reconcile(key, signal),
    });
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#controller.run(signal);
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<void> {
    const { client, clock, broker, serve } = this.#options;
    const { namespace, name } = splitKey(key);
    const kafka = this.#controller.store.get(name, namespace);
    if (kafka === undefined || kafka.metadata.deletionTimestamp !== undefined) return;
    if (kafka.metadata.annotations?.[PAUSED_ANNOTATION] === 'true') return;
    this.#served ??= this.#oldest();
    if (this.#served !== name) {
      const message = `the local stack has one broker, and it is ${this.#served}`;
      const conditions = [notReady('InvalidResourceException', message)];
      return await writeStatus(client, KafkaResource, kafka, { conditions }, clock.now(), signal);
    }
    const secret = clusterCaSecret(kafka, broker.caPem);
    const present = await client.get(SecretResource, secret.metadata.name, namespace, signal);
    await this.#applier.apply(SecretResource, secret, present, signal);
    await writeStatus(client, KafkaResource, kafka, kafkaStatus(kafka, broker), clock.now(), signal);
    serve(name);
  }

  /** Of several Kafkas the first is the broker. */
  #oldest(): string | undefined {
    const age = ({ metadata }: Kafka) => `${metadata.creationTimestamp} ${metadata.name}`;
    return this.#controller.store.list().toSorted((a, b) => (age(a) < age(b) ? -1 : 1))[0]?.metadata.name;
  }
}
