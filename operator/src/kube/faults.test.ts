/** A small operator of ConfigMaps, made of the machinery alone, on a real API server under faults. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startTestApiServer, waitUntil, type TestApiServer } from '@tributary/local/testing';
import { Applier } from './apply.ts';
import { type Clock, systemClock } from './clock.ts';
import { connectKube, type ConnectOptions } from './connection.ts';
import { Elector } from './elector.ts';
import type { ConfigMap } from './kinds.ts';
import { splitKey } from './paths.ts';
import { WorkQueue } from './queue.ts';
import { Reflector } from './reflector.ts';
import { ConfigMapResource, LeaseResource, NamespaceResource } from './resources.ts';
import { type Fate, type FaultyProxy, startFaultyProxy } from './testing/faulty-proxy.ts';
import type { KubeClient } from './types.ts';
import { Workers } from './workers.ts';

const NAMES = Array.from({ length: 20 }, (_, i) => `child-${i}`);
const LIMITS = { requestTimeoutMs: 700, watchIdleMs: 1_500 };
const WITHIN = { timeoutMs: 20_000, intervalMs: 20 };

let api: TestApiServer;
let direct: KubeClient;
let proxy: FaultyProxy;
let namespace: string;
let count = 0;
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  api = await startTestApiServer();
  direct = connectKube({ kubeconfigPath: api.kubeconfigPath, userAgent: 'test' });
}, 900_000);

afterAll(async () => {
  await direct?.close();
  await api?.stop();
}, 60_000);

beforeEach(async () => {
  namespace = `faults-${++count}`;
  await direct.create(NamespaceResource, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  });
  proxy = await startFaultyProxy(api);
});

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await proxy[Symbol.asyncDispose]();
});

/** Keeps the ConfigMaps of `NAMES` as they should be, whoever changes or deletes them. */
async function operate(options: Partial<ConnectOptions> = {}): Promise<{ writes: () => number }> {
  const { clock = systemClock } = options;
  const client = proxy.client({ limits: LIMITS, ...options });
  const queue = new WorkQueue({ name: 'faults', clock, backoff: { baseMs: 20, maxMs: 500, jitter: 0.5 } });
  const applier = new Applier({ client, fieldManager: 'faults' });
  const reflector = new Reflector<ConfigMap>({
    client,
    type: ConfigMapResource,
    selector: { namespace },
    handler: ({ object }) => queue.add(`${namespace}/${object.metadata.name}`),
    backoff: { baseMs: 20, maxMs: 500, jitter: 0.5 },
    clock,
  });
  let writes = 0;
  const workers = new Workers({
    queue,
    clock,
    drainMs: 1_000,
    reconcile: async (key, signal) => {
      const { name } = splitKey(key);
      const observed = await client.get(ConfigMapResource, name, namespace, signal);
      if ((await applier.apply(ConfigMapResource, wanted(name), observed, signal)).written) writes += 1;
    },
  });
  const stop = new AbortController();
  const running = Promise.all([reflector.run(stop.signal), workers.run(stop.signal)]);
  stops.push(async () => {
    stop.abort();
    await running;
  });
  await reflector.synced;
  for (const name of NAMES) queue.add(`${namespace}/${name}`);
  return { writes: () => writes };
}

const wanted = (name: string): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data: { wanted: 'yes' },
});

/** Resolves when all are there and as they should be. */
function converged(): Promise<boolean> {
  return waitUntil(
    async () => {
      const { items } = await direct.list(ConfigMapResource, { namespace });
      return items.filter(({ data }) => data?.['wanted'] === 'yes').length === NAMES.length;
    },
    { what: 'everything is as it should be', ...WITHIN },
  );
}

async function meddle(): Promise<void> {
  await direct.mergePatch(ConfigMapResource, 'child-0', namespace, { data: { wanted: 'no' } });
  await direct.delete(ConfigMapResource, 'child-1', namespace);
}

describe('the machinery on a real API server', () => {
  it('hears of changes and repairs them after every connection went half-open', async () => {
    await operate();
    await converged();
    proxy.halfOpenAll();
    await meddle();
    expect(await converged()).toBe(true);
  }, 60_000);

  it('gets everything written through a storm of 429, 500, 503, broken connections and lost answers', async () => {
    const storm: Fate[] = ['429', '500', '503', 'refused', 'lost', 'passed', 'passed'];
    let requests = 0;
    proxy.fate = () => storm[(requests++ * 5) % storm.length] ?? 'passed';
    const { writes } = await operate();
    await converged();
    await meddle();
    await converged();
    for (const fate of storm) expect(proxy.fates.get(fate)).toBeGreaterThan(0);
    proxy.fate = () => 'passed';
    await meddle();
    await converged();
    // The storm is over, and so is the writing, once what it had left in the queue is done.
    let before = -1;
    await waitUntil(() => before === (before = writes()), {
      what: 'the writing comes to rest',
      timeoutMs: WITHIN.timeoutMs,
      intervalMs: 1_000,
    });
  }, 60_000);

  it('lists again when every watch has expired, and sees what was changed meanwhile', async () => {
    await operate();
    await converged();
    const lists = (): number => requests.filter((url) => !url.includes('watch=1')).length;
    const requests: string[] = [];
    proxy.fate = ({ method, url = '' }) => {
      if (method === 'GET' && url.includes('/configmaps?')) requests.push(url);
      return 'passed';
    };
    expect(proxy.openWatches).toBe(1);
    proxy.expireWatches();
    await meddle();
    expect(await converged()).toBe(true);
    expect(lists()).toBe(1);
  }, 60_000);

  it('outlives a restart of the API server, and sees what was changed meanwhile', async () => {
    await operate();
    await converged();
    await api.restart();
    await meddle();
    expect(await converged()).toBe(true);
  }, 60_000);

  it('does not care how the wall clock jumps: it goes on leading, watching and repairing', async () => {
    let jump = 0;
    const clock: Clock = {
      now: () => systemClock.now() + (jump++ % 2 === 0 ? 86_400_000 : -86_400_000),
      monotonic: () => systemClock.monotonic(),
      schedule: (ms, callback) => systemClock.schedule(ms, callback),
    };
    const stop = new AbortController();
    const led: unknown[] = [];
    const elector = new Elector({
      client: proxy.client({ clock }),
      namespace,
      name: 'leader',
      identity: 'a',
      leaseDurationMs: 3_000,
      renewDeadlineMs: 2_000,
      retryPeriodMs: 200,
      clock,
    });
    const leading = elector.run(stop.signal, async ({ signal }) => {
      led.push('began');
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      led.push(signal.reason);
    });
    await operate({ clock });
    await converged();
    await meddle();
    await converged();
    // It goes on renewing: further terms are written.
    const renewals = new Set<string | undefined>();
    await waitUntil(
      async () => {
        renewals.add((await direct.get(LeaseResource, 'leader', namespace))?.spec?.renewTime);
        return renewals.size > 5;
      },
      { what: 'five renewals', ...WITHIN },
    );
    expect(led).toEqual(['began']);
    const done = new Error('the test is done');
    stop.abort(done);
    await leading;
    expect(led).toEqual(['began', done]);
  }, 60_000);
});
