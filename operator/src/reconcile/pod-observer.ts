import { consumerStatus, producerStatus } from '@tributary/api';
import {
  Workers,
  WorkQueue,
  splitKey,
  type Clock,
  type KubeLog,
  type KubeMetrics,
  type Pod,
  type ReconcileResult,
} from '../kube/index.ts';
import { COMPONENT_LABEL, POD_PORT } from '../plan/index.ts';
import type { Observation } from '../status/index.ts';
import { PODS_OF_FEED, type Caches } from './caches.ts';

/** Until the first file has landed, so that users see a new feed move; after a while of nothing, more seldom. */
const EAGER_MS = 3_000;
const EAGER_LOOKS = 100;
const STEADY_MS = 60_000;
const ANSWER_WITHIN_MS = 5_000;
const MAX_ANSWER_BYTES = 64 * 1024;

export interface PodObserverOptions {
  caches: Caches;
  /** Called when a feed's pods say something new. */
  onNews: (key: string) => void;
  clock: Clock;
  log: KubeLog;
  metrics: KubeMetrics;
}

/** Reads `/status` of the feeds' pods by pod IP: often until data lands, then about once a minute. */
export class PodObserver {
  readonly #options: PodObserverOptions;
  readonly #queue: WorkQueue;
  readonly #workers: Workers;
  readonly #seen = new Map<string, Seen>();
  readonly #looks = new Map<string, number>();

  constructor(options: PodObserverOptions) {
    this.#options = options;
    const { clock, log, metrics } = options;
    this.#queue = new WorkQueue({ name: 'pod-status', clock, metrics });
    this.#workers = new Workers({
      queue: this.#queue,
      reconcile: (key, signal) => this.#observe(key, signal),
      concurrency: 16,
      clock,
      log,
      metrics,
    });
  }

  /** What the pods of that StreamSource last said; asks them soon where that is unknown. */
  get(key: string, uid: string): Observation | undefined {
    const known = this.#seen.get(key);
    if (known?.uid === uid) return known.said;
    this.#seen.set(key, { uid, said: { producer: undefined, consumer: undefined } });
    this.#looks.delete(key);
    this.#queue.add(key);
    return undefined;
  }

  /** The feed has no pods to ask any more. */
  forget(key: string): void {
    this.#seen.delete(key);
    this.#looks.delete(key);
  }

  stuck(): string[] {
    return this.#workers.stuck();
  }

  async run(signal: AbortSignal): Promise<void> {
    await this.#workers.run(signal);
  }

  async #observe(key: string, signal: AbortSignal): Promise<ReconcileResult> {
    const before = this.#seen.get(key);
    if (before === undefined) return undefined;
    const { namespace = '', name } = splitKey(key);
    const pods = this.#options.caches.pods.byIndex(namespace, PODS_OF_FEED, `${namespace}/${name}`);
    const [producer, consumer] = await Promise.all(
      (['producer', 'consumer'] as const).map((component) => this.#read(pods, component, signal)),
    );
    const next: Observation = {
      producer: ofFeed(asProducer(producer), before.uid) ?? before.said.producer,
      consumer: ofFeed(asConsumer(consumer), before.uid) ?? before.said.consumer,
    };
    // Meanwhile the feed may have gone, and another of its name may have come.
    if (this.#seen.get(key) !== before) return undefined;
    const news = JSON.stringify(next) !== JSON.stringify(before.said);
    before.said = next;
    if (news) this.#options.onNews(key);
    const { landed, uploaded } = next.consumer ?? {};
    const settled =
      next.producer?.lastPoll !== undefined && ((landed?.records ?? 0) > 0 || (uploaded?.records ?? 0) > 0);
    const looks = (this.#looks.get(key) ?? 0) + 1;
    this.#looks.set(key, looks);
    return { requeueAfterMs: settled || looks > EAGER_LOOKS ? STEADY_MS : EAGER_MS };
  }

  /** Undefined where the pod does not answer: starting, restarting or busy; the next look will tell. */
  async #read(pods: readonly Pod[], component: string, signal: AbortSignal): Promise<unknown> {
    const address = pods.find(
      ({ metadata, status }) =>
        metadata.labels?.[COMPONENT_LABEL] === component &&
        metadata.deletionTimestamp === undefined &&
        status?.phase === 'Running' &&
        status.podIP !== undefined,
    )?.status?.podIP;
    if (address === undefined) return undefined;
    const host = address.includes(':') ? `[${address}]` : address;
    try {
      const response = await fetch(`http://${host}:${POD_PORT}/status`, {
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
      });
      if (!response.ok) {
        await response.body?.cancel();
        return undefined;
      }
      return JSON.parse(await boundedText(response));
    } catch (error) {
      signal.throwIfAborted();
      this.#options.log.debug({ err: error, address, component }, 'a pod does not tell its status');
      return undefined;
    }
  }
}

interface Seen {
  readonly uid: string;
  said: Observation;
}

/** Pods of a feed that was deleted may outlive it for a while: what they say is not of the next one of its name. */
function ofFeed<T extends { uid?: string | undefined }>(status: T | undefined, uid: string): T | undefined {
  return status?.uid === undefined || status.uid === uid ? status : undefined;
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw new RangeError(`the status is longer than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function asProducer(status: unknown): Observation['producer'] {
  return producerStatus.safeParse(status).data;
}

function asConsumer(status: unknown): Observation['consumer'] {
  return consumerStatus.safeParse(status).data;
}
