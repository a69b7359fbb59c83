import { expect, it } from '@jest/globals';
import { EventEmitter, on } from 'node:events';
import { setTimeout as passes } from 'node:timers/promises';
import { KubeApiError, noMetrics, silentLog, type KubeClient } from '../kube/index.ts';
import { FakeClock } from '../kube/testing/fake-clock.ts';
import { Caches } from './caches.ts';
import { References } from './references.ts';

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

it('looks for each of the Kafka kinds for as long, once the one that was missing is there', async () => {
  const { client, install } = clusterWithoutStrimzi();
  const clock = new FakeClock();
  const stop = new AbortController();
  const caches = new Caches({
    client,
    namespaces: [],
    kafkaNamespaces: ['kafka'],
    references: new References(),
    enqueue: () => undefined,
    onFeed: () => undefined,
    onQuota: () => undefined,
    lookForKindsEveryMs: 60_000,
    signal: stop.signal,
    clock,
    log: silentLog,
    metrics: noMetrics,
  });
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
