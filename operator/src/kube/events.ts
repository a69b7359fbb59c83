/**
 * Writes events (events.k8s.io/v1) about objects. The same event again within minutes becomes a series on the first one;
 * an object that has too much to tell is cut short, as client-go does.
 */
import { createHash, randomBytes } from 'node:crypto';
import { type Clock, systemClock } from './clock.ts';
import { microTime } from './elector.ts';
import { KubeApiError } from './errors.ts';
import type { Event } from './kinds.ts';
import { type KubeLog, silentLog } from './log.ts';
import { RateLimit, type RateLimitOptions } from './rate-limit.ts';
import { EventResource } from './resources.ts';
import type { KubeClient, KubeObject } from './types.ts';

export interface EventContent {
  type: 'Normal' | 'Warning';
  /** Why, for machines: CamelCase. */
  reason: string;
  /** What was done or tried, for machines: CamelCase. @default the reason */
  action?: string;
  /** For people. Cut at 1024 bytes. */
  note: string;
  /** Another object that has to do with it. */
  related?: KubeObject;
}

export interface EventRecorderOptions {
  client: KubeClient;
  /** Such as `tributary.dev/operator`. */
  controller: string;
  /** The pod's name. */
  instance: string;
  clock?: Clock;
  log?: KubeLog;
  /** An equal event within this of the last one joins its series. @default 6 min */
  seriesMs?: number;
  /** A series is written at most this often. @default 10 s */
  flushMs?: number;
  /** Of new events of any kind about one object. @default 25 at once, then one each 300 s */
  limit?: RateLimitOptions;
}

interface Series {
  /** What the API server has: undefined until the create has come back. */
  written: Event | undefined;
  creating: Promise<void>;
  count: number;
  lastAt: number;
  lastWall: number;
  flushPlanned: boolean;
}

const DEFAULT_LIMIT: RateLimitOptions = { burst: 25, everyMs: 300_000 };
const MAX_NOTE_BYTES = 1024;
const MAX_REMEMBERED = 4096;
const MAX_WRITES_UNDER_WAY = 64;

export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #clock: Clock;
  readonly #log: KubeLog;
  readonly #seriesMs: number;
  readonly #flushMs: number;
  readonly #series = new Map<string, Series>();
  readonly #limits = new Map<string, RateLimit>();
  readonly #writes = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  readonly #timers = new Set<() => void>();

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log ?? silentLog;
    this.#seriesMs = options.seriesMs ?? 6 * 60_000;
    this.#flushMs = options.flushMs ?? 10_000;
  }

  /** Never throws and never waits: an event that cannot be written is logged and lost. */
  record(regarding: KubeObject, content: EventContent): void {
    if (this.#stop.signal.aborted) return;
    const key = seriesKey(regarding, content);
    const now = this.#clock.monotonic();
    const known = this.#series.get(key);
    if (known !== undefined && now - known.lastAt <= this.#seriesMs) {
      known.count += 1;
      known.lastAt = now;
      known.lastWall = this.#clock.now();
      this.#planFlush(key, known);
      return;
    }
    if (!this.#mayWrite(regarding)) {
      this.#log.debug(
        { reason: content.reason, regarding: regarding.metadata.name },
        'too many events: dropped',
      );
      return;
    }
    const series: Series = {
      written: undefined,
      creating: Promise.resolve(),
      count: 1,
      lastAt: now,
      lastWall: this.#clock.now(),
      flushPlanned: false,
    };
    remember(this.#series, key, series);
    series.creating = this.#track(async () => {
      const event = this.#event(regarding, content);
      series.written = await this.#options.client.create(EventResource, event, { signal: this.#stop.signal });
    });
  }

  /** Writes what is still planned, waits for it at most `waitMs`, and takes nothing more. */
  async close(waitMs = 5_000): Promise<void> {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    for (const series of this.#series.values()) if (series.flushPlanned) this.#flush(series);
    let cancel: () => void = () => undefined;
    const expired = new Promise<void>((resolve) => (cancel = this.#clock.schedule(waitMs, resolve)));
    await Promise.race([Promise.all(this.#writes), expired]);
    cancel();
    this.#stop.abort(new Error('the event recorder is closed'));
  }

  #planFlush(_key: string, series: Series): void {
    if (series.flushPlanned) return;
    series.flushPlanned = true;
    const cancel = this.#clock.schedule(this.#flushMs, () => {
      this.#timers.delete(cancel);
      this.#flush(series);
    });
    this.#timers.add(cancel);
  }

  #flush(series: Series): void {
    series.flushPlanned = false;
    void this.#track(async () => {
      await series.creating;
      const { written } = series;
      // The first one could not be written; that was logged.
      if (written === undefined) return;
      const { name, namespace } = written.metadata;
      const patch = { series: { count: series.count, lastObservedTime: microTime(series.lastWall) } };
      const signal = this.#stop.signal;
      try {
        await this.#options.client.mergePatch(EventResource, name, namespace, patch, { signal });
      } catch (error) {
        if (!(error instanceof KubeApiError && error.isNotFound)) throw error;
        // The API server keeps events for an hour: write it anew, with its series.
        const metadata = {
          name: eventName(name.split('.').slice(0, -1).join('.')),
          namespace: namespace ?? 'default',
        };
        const { kind, apiVersion } = written;
        series.written = await this.#options.client.create(
          EventResource,
          { ...written, ...patch, kind, apiVersion, metadata },
          { signal },
        );
      }
    });
  }

  #track(write: () => Promise<void>): Promise<void> {
    if (this.#writes.size >= MAX_WRITES_UNDER_WAY) {
      this.#log.warn({ underWay: this.#writes.size }, 'events are written too slowly: one dropped');
      return Promise.resolve();
    }
    const tracked: Promise<void> = write()
      .catch((error: unknown) => {
        if (!this.#stop.signal.aborted) this.#log.warn({ err: error }, 'cannot write an event');
      })
      .finally(() => this.#writes.delete(tracked));
    this.#writes.add(tracked);
    return tracked;
  }

  #mayWrite(regarding: KubeObject): boolean {
    const { limit = DEFAULT_LIMIT } = this.#options;
    const key = regarding.metadata.uid ?? `${regarding.metadata.namespace}/${regarding.metadata.name}`;
    const known = this.#limits.get(key) ?? new RateLimit(limit, this.#clock);
    remember(this.#limits, key, known);
    return known.tryTake();
  }

  #event(regarding: KubeObject, content: EventContent): Event {
    const { controller, instance } = this.#options;
    const namespace = regarding.metadata.namespace ?? 'default';
    return {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: eventName(regarding.metadata.name), namespace },
      eventTime: microTime(this.#clock.now()),
      reportingController: controller,
      reportingInstance: instance.slice(0, 128),
      type: content.type,
      reason: content.reason.slice(0, 128),
      action: (content.action ?? content.reason).slice(0, 128),
      note: cutToBytes(content.note, MAX_NOTE_BYTES),
      regarding: reference(regarding),
      ...(content.related === undefined ? {} : { related: reference(content.related) }),
    };
  }
}

function reference(object: KubeObject): NonNullable<Event['regarding']> {
  const { name, namespace, uid, resourceVersion } = object.metadata;
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}

function seriesKey(regarding: KubeObject, { type, reason, action, note, related }: EventContent): string {
  const { namespace, name, uid } = regarding.metadata;
  const parts = [regarding.kind, namespace, name, uid, type, reason, action, note, related?.metadata.uid];
  // Notes may be long, and there are thousands of keys.
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}

/** Unique, and a DNS subdomain of at most 253 characters. */
function eventName(object: string): string {
  return `${object.slice(0, 236).replace(/[.-]+$/, '')}.${randomBytes(8).toString('hex')}`;
}

/** At most `max` bytes of UTF-8, without half a character at the end. */
export function cutToBytes(text: string, max: number): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= max) return text;
  let end = max - 3;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return `${bytes.subarray(0, end).toString('utf8')}…`;
}

/** Keeps the map bounded: what was entered first goes first. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  const oldest = map.keys().next();
  if (map.size > MAX_REMEMBERED && oldest.done !== true) map.delete(oldest.value);
}
