/** Makes feeds and all that is planned for them, `AT_ONCE` requests at a time, and looks at nothing: a process of its own. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connectKube, type KubeObject } from '@tributary/operator/kube';
import { StreamSources } from '../../../operator/src/status/index.ts';
import { AT_ONCE, each, FEEDS, feedName, feedOf } from './load.ts';
import { render, type PlanTemplate } from './plan-template.ts';

/** What Strimzi would have said: the loop does not wait for it. */
const MADE_UP = {
  topicId: 'AAAAAAAAAAAAAAAAAAAAAA',
  producerPassword: 'bm90IGEgcGFzc3dvcmQgYnV0IGFzIGxvbmcgYXMgb25l',
  consumerPassword: 'bm90IGEgcGFzc3dvcmQgYnV0IGFzIGxvbmcgYXMgb25l',
};
const APPLY = { contentType: 'application/apply-patch+yaml' };

const [kubeconfigPath = '', plan = '', namespace = ''] = process.argv.slice(2);
const template = JSON.parse(await readFile(plan, 'utf8')) as PlanTemplate;
const client = connectKube({ kubeconfigPath, userAgent: 'bench-bare-loop', maxConnections: AT_ONCE });
await client.list(StreamSources, { namespace });
// Neither a signal that is waited for nor what is done keeps a process alive.
setInterval(() => undefined, 60_000);
console.log('ready');
await once(process, 'SIGUSR2');
// Feed 0 is there: the plan was taken from it.
await each(FEEDS, async (index) => {
  const made = await client.create(StreamSources, feedOf(namespace, feedName(index + 1)));
  const { name, uid = '' } = made.metadata;
  const metadata = { finalizers: ['tributary.dev/cleanup'] };
  const held = await client.mergePatch(StreamSources, name, namespace, { metadata });
  for (const object of render([...template.first, ...template.rest], { namespace, name, uid, ...MADE_UP }))
    await client.request('PATCH', applyPath(object), object, APPLY);
  await client.update(StreamSources, { ...held, status: template.status }, { subresource: 'status' });
});
console.log('done');

function applyPath({ apiVersion, kind, metadata: { name, namespace: within } }: KubeObject): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const plural = kind.endsWith('y') ? `${kind.slice(0, -1)}ies` : `${kind}s`;
  return `${root}/namespaces/${within}/${plural.toLowerCase()}/${name}?fieldManager=bare&force=true`;
}
