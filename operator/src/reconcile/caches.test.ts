import { expect, it } from '@jest/globals';
import { EventEmitter, on } from 'node:events';
import { setTimeout as passes } from 'node:timers/promises';
import { KubeApiError, noMetrics, silentLog, type Clock, type KubeClient } from '../kube/index.ts';
import { FakeClock } from '../kube/testing/fake-clock.ts';
import { Caches } from './caches.ts';
import { References } from './references.ts';

const cachesOf = (client: KubeClient, clock: Clock, signal: AbortSignal): Caches =>
  new Caches({
    client,
    namespaces: [],
    kafkaNamespaces: ['kafka'],
    references: new References(),
    enqueue: () => undefined,
    onFeed: () => undefined,
    onQuota: () => undefined,
    lookForKindsEveryMs: 60_000,
    signal,
    clock,
    log: silentLog,
    metrics: noMetrics,
  });

/** A client whose lists are empty; those of Strimzi are answered once it is installed. */
function clusterWithoutStrimzi() {
  let installed = false;
  const client = {
    async list({ group, plural }: { group: string; plural: string }) {
      // As a network does: never within the turn in which it is asked.
      await passes(50);
      if (group === 'kafka.strimzi.io' && !installed)
        throw new KubeApiError({ code: 404, reason: 'NotFound', message: `no ${plural}` });
      return { items: [], resourceVersion: '1' };
    },
    watch: (_type: unknown, _selector: unknown, signal: AbortSignal) =>
      on(new EventEmitter(), 'never', { signal }),
  } as unknown as KubeClient;
  return { client, install: () => (installed = true) };
}

it('lists one kind at a time, also when all that is watched has expired at once', async () => {
  const underWay = { lists: 0, most: 0, sum: 0 };
  const watches: PromiseWithResolvers<never>[] = [];
  const client = {
    async list() {
      underWay.lists += 1;
      underWay.sum += 1;
      underWay.most = Math.max(underWay.most, underWay.lists);
      await passes(1);
      underWay.lists -= 1;
      return { items: [], resourceVersion: '1' };
    },
    async *watch() {
      const watch = Promise.withResolvers<never>();
      watches.push(watch);
      yield await watch.promise;
    },
  } as unknown as KubeClient;
  const stop = new AbortController();
  const caches = cachesOf(client, new FakeClock(), stop.signal);
  await caches.start(stop.signal);
  await caches.requireKafka('kafka');
  const kinds = underWay.sum;
  expect(kinds).toBeGreaterThan(10);
  while (watches.length < kinds) await passes(1);
  const gone = new KubeApiError({ code: 410, reason: 'Expired', message: 'expired' });
  for (const watch of watches.splice(0)) watch.reject(gone);
  while (watches.length < kinds) await passes(1);
  expect(underWay.sum).toBe(2 * kinds);
  expect(underWay.most).toBe(1);
  stop.abort();
  for (const watch of watches) watch.reject(gone);
});

it('looks for each of the Kafka kinds for as long, once the one that was missing is there', async () => {
  const { client, install } = clusterWithoutStrimzi();
  const clock = new FakeClock();
  const stop = new AbortController();
  const caches = cachesOf(client, clock, stop.signal);
  /** What becomes of it while time passes, a second in each few milliseconds. */
  const required = async (): Promise<unknown> => {
    const asked = caches.requireKafka('kafka').then(
      () => 'known',
      (error: Error) => error.name,
    );
    for (;;) {
      const ended = await Promise.race([asked, passes(20)]);
      if (ended !== undefined) return ended;
      await clock.advance(1_000);
    }
  };
  try {
    expect(await required()).toBe('WaitError');
    const before = clock.monotonic();
    expect(await required()).toBe('WaitError');
    // Each feed would hold a worker up for as long otherwise.
    expect(clock.monotonic() - before).toBeLessThanOrEqual(1_000);
    install();
    // The one that failed is listed again in its own time.
    await clock.advance(30_000);
    await passes(100);
    expect(await required()).toBe('known');
  } finally {
    stop.abort();
  }
});
