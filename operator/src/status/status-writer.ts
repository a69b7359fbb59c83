import { isDeepStrictEqual } from 'node:util';
import type { Condition, StreamSourceStatus } from '@tributary/api';
import type { Clock, EventContent, EventRecorder, KubeClient } from '../kube/index.ts';
import { joinKey } from '../kube/index.ts';
import { StreamSources, type StreamSource } from './stream-source.ts';

/** Figures alone are written at most this often for a feed; conditions at once. */
const LINEAGE_EVERY_MS = 60_000;

export interface StatusWriterOptions {
  client: KubeClient;
  events: EventRecorder;
  clock: Clock;
  /** Told of what the API server answered. */
  wrote: (object: StreamSource) => void;
}

/** The one place that writes a StreamSource's status and tells of its changes. */
export class StatusWriter {
  readonly #options: StatusWriterOptions;
  /** Monotonic time of each feed's last write. */
  readonly #writtenAt = new Map<string, number>();
  /** Monotonic time since which each feed has waited for others. */
  readonly #waiting = new Map<string, number>();

  constructor(options: StatusWriterOptions) {
    this.#options = options;
  }

  /**
   * Milliseconds after which what was held back may be written; undefined: nothing was.
   * `tellAfterMs`: the walk ended where something has to happen first. While the status is of an older generation it reads
   * as "in progress" anyway, so such a wait is told only if it lasts as long.
   */
  async write(
    object: StreamSource,
    next: StreamSourceStatus,
    signal: AbortSignal,
    { tellAfterMs = 0 }: { tellAfterMs?: number | undefined } = {},
  ): Promise<number | undefined> {
    const { client, clock, wrote } = this.#options;
    const before = object.status ?? {};
    const key = joinKey(object.metadata.name, object.metadata.namespace);
    const heldBackMs = tellAfterMs > 0 ? this.#waitHeldBack(key, before, next, tellAfterMs) : undefined;
    if (heldBackMs !== undefined) return heldBackMs;
    this.#waiting.delete(key);
    if (isDeepStrictEqual(before, next)) return undefined;
    const sinceMs = clock.monotonic() - (this.#writtenAt.get(key) ?? Number.NEGATIVE_INFINITY);
    if (sameVerdict(before, next) && sinceMs < LINEAGE_EVERY_MS) return LINEAGE_EVERY_MS - sinceMs;
    // The resource version of what was read goes along: what a frozen operator decided long ago is refused.
    wrote(await client.update(StreamSources, { ...object, status: next }, { subresource: 'status', signal }));
    this.#writtenAt.set(key, clock.monotonic());
    this.#tell(object, before.conditions ?? [], next.conditions ?? []);
    return undefined;
  }

  forget(key: string): void {
    this.#writtenAt.delete(key);
    this.#waiting.delete(key);
  }

  #waitHeldBack(
    key: string,
    before: StreamSourceStatus,
    next: StreamSourceStatus,
    tellAfterMs: number,
  ): number | undefined {
    if (before.observedGeneration === next.observedGeneration) return undefined;
    const now = this.#options.clock.monotonic();
    const since = this.#waiting.get(key) ?? now;
    this.#waiting.set(key, since);
    return now - since < tellAfterMs ? tellAfterMs - (now - since) : undefined;
  }

  #tell(object: StreamSource, before: Condition[], next: Condition[]): void {
    const stalled = next.some(({ type }) => type === 'Stalled');
    for (const condition of next) {
      const old = before.find(({ type }) => type === condition.type);
      const content = eventOf(condition, old, stalled);
      if (content !== undefined) this.#options.events.record(object, content);
    }
  }
}

/** Whether everything but figures is the same. */
function sameVerdict(before: StreamSourceStatus, next: StreamSourceStatus): boolean {
  return (
    before.observedGeneration === next.observedGeneration &&
    isDeepStrictEqual(before.conditions, next.conditions) &&
    isDeepStrictEqual(before.topic, next.topic) &&
    before.job?.id === next.job?.id
  );
}

/** Ready speaks for what only supports it. */
const SILENT = new Set([
  'Reconciling',
  'Stalled',
  'TopicReady',
  'UserReady',
  'ProducerAvailable',
  'ConsumerAvailable',
]);
/** True is the trouble. */
const INVERSE = new Set(['QuotaExhausted']);
/** Well from the start is what everybody expects. */
const EXPECTED = new Set(['QuotaExhausted', 'FullySupported', 'UpstreamHealthy']);

/** A Kafka that somebody is about to install or to mend, or that nobody will, because its name is wrong. */
const AWAITED_OF_PEOPLE = new Set(['KafkaNotFound', 'KafkaNotReady', 'KafkaNotReadable', 'KafkaUnavailable']);

/** A change that a person would want to read later; undefined for the steps on the way and for what is as expected. */
function eventOf(
  condition: Condition,
  old: Condition | undefined,
  stalled: boolean,
): EventContent | undefined {
  const { type, status, reason, message } = condition;
  const wasUnknown = old === undefined || old.status === 'Unknown';
  if (SILENT.has(type) || status === 'Unknown') return undefined;
  const well = (status === 'True') !== INVERSE.has(type);
  const changed = old?.status !== status || (!well && old.reason !== reason);
  if (!changed) return undefined;
  if (well && wasUnknown && EXPECTED.has(type)) return undefined;
  // On its way to the first Ready, or to the first file: no trouble yet, unless a person may have to do something.
  const onItsWay = !stalled && old?.status !== 'True' && !AWAITED_OF_PEOPLE.has(reason);
  if (!well && type === 'Ready' && onItsWay) return undefined;
  if (!well && type === 'Landed' && reason === 'NothingYet') return undefined;
  return { type: well ? 'Normal' : 'Warning', reason, action: type, note: `${type}: ${message}` };
}
