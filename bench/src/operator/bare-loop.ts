/**
 * Writes all that an operator writes for the feeds that the driver makes, `AT_ONCE` requests at a time over all feeds, and
 * looks at nothing: the limit of an API server. A process of its own, since an operator is one. A batch for each SIGUSR2.
 */
import { on } from 'node:events';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connectKube, KubeApiError, type KubeObject } from '@tributary/operator/kube';
import { StreamSources, type StreamSource } from '../../../operator/src/status/index.ts';
import { AT_ONCE, BATCH, feedName } from './load.ts';
import { render, type PlanTemplate } from './plan-template.ts';

/** What is not waited for: the feed's own uid, and what Strimzi would have said. */
const MADE_UP = {
  topicId: 'AAAAAAAAAAAAAAAAAAAAAA',
  producerPassword: 'bm90IGEgcGFzc3dvcmQgYnV0IGFzIGxvbmcgYXMgb25l',
  consumerPassword: 'bm90IGEgcGFzc3dvcmQgYnV0IGFzIGxvbmcgYXMgb25l',
};
const APPLY = { contentType: 'application/apply-patch+yaml' };
/** By so many feeds the finalizer comes behind the feed's objects, and the status behind the finalizer: what each needs is there by then. */
const BEHIND = 3;
const NOT_THERE_YET_MS = 10;

const [kubeconfigPath = '', plan = '', namespace = ''] = process.argv.slice(2);
const template = JSON.parse(await readFile(plan, 'utf8')) as PlanTemplate;
const client = connectKube({ kubeconfigPath, userAgent: 'bench-bare-loop', maxConnections: AT_ONCE });
await client.list(StreamSources, { namespace });
// A signal that is waited for keeps no process alive.
setInterval(() => undefined, 60_000);
const asked = on(process, 'SIGUSR2');
console.log('ready');
let made = 0;
for await (const _ of asked) {
  const batch = writes(made, made + BATCH);
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const write of batch) await write();
    }),
  );
  made += BATCH;
  console.log(`made ${made}`);
}

/** For the feeds from `from` up to `to`, in the order in which they are sent. */
function* writes(from: number, to: number): Generator<() => Promise<unknown>> {
  const held = new Map<number, Promise<StreamSource>>();
  for (let index = from; index < to + 2 * BEHIND; index += 1) {
    if (index < to) {
      const values = { namespace, name: feedName(index), uid: randomUUID(), ...MADE_UP };
      for (const object of render([...template.first, ...template.rest], values))
        yield () => client.request('PATCH', applyPath(object), object, APPLY);
    }
    const finalized = index - BEHIND;
    if (finalized >= from && finalized < to)
      yield () => {
        const holding = hold(feedName(finalized));
        held.set(finalized, holding);
        return holding;
      };
    const told = index - 2 * BEHIND;
    if (told >= from) yield async () => tell(await held.get(told));
  }
}

/** The driver may not have made it yet, in the first moments. */
async function hold(name: string): Promise<StreamSource> {
  const metadata = { finalizers: ['tributary.dev/cleanup'] };
  for (;;) {
    try {
      return await client.mergePatch(StreamSources, name, namespace, { metadata });
    } catch (error) {
      if (!(error instanceof KubeApiError) || !error.isNotFound) throw error;
      await new Promise((resolve) => setTimeout(resolve, NOT_THERE_YET_MS));
    }
  }
}

function tell(feed: StreamSource | undefined): Promise<StreamSource> {
  if (feed === undefined) throw new TypeError('a status comes behind its finalizer');
  return client.update(StreamSources, { ...feed, status: template.status }, { subresource: 'status' });
}

function applyPath({ apiVersion, kind, metadata: { name, namespace: within } }: KubeObject): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const plural = kind.endsWith('y') ? `${kind.slice(0, -1)}ies` : `${kind}s`;
  return `${root}/namespaces/${within}/${plural.toLowerCase()}/${name}?fieldManager=bare&force=true`;
}
