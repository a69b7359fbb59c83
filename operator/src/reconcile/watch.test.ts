import { afterEach, describe, expect, it } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import {
  ConfigMapResource,
  noMetrics,
  SecretResource,
  silentLog,
  systemClock,
  Turns,
  type ConfigMap,
  type KubeObject,
  type ResourceType,
  type Secret,
} from '../kube/index.ts';
import {
  configMap,
  listOf,
  openWatch,
  sendJson,
  startScriptedServer,
  until,
  type ScriptedServer,
} from '../kube/testing/scripted-server.ts';
import { SecretReader } from './secret-reader.ts';
import { Watch } from './watch.ts';

let server: ScriptedServer;
let stop: AbortController;

afterEach(async () => {
  stop.abort();
  await server[Symbol.asyncDispose]();
});

interface Scene<T extends KubeObject> {
  watch: Watch<T>;
  changes: string[];
  client: ReturnType<ScriptedServer['client']>;
  /** What is sent on the watch that is open. */
  says(type: string, object: object): Promise<void>;
  /** What the next lists answer. */
  holds: { items: KubeObject[]; resourceVersion: string };
}

async function watching<T extends KubeObject>(
  type: ResourceType<T>,
  metadataOnly = false,
): Promise<Scene<T>> {
  const holds: Scene<T>['holds'] = { items: [], resourceVersion: '5' };
  let open: ReturnType<typeof openWatch> | undefined;
  const listed = (response: ServerResponse): void =>
    sendJson(response, listOf(holds.items, holds.resourceVersion));
  server = await startScriptedServer((request, response) => {
    const { url = '' } = request;
    if (url.includes('watch=1')) open = openWatch(response);
    else if (url.endsWith('/api')) sendJson(response, holds.items[0]);
    else listed(response);
  });
  stop = new AbortController();
  const client = server.client();
  const changes: string[] = [];
  const watch = new Watch<T>({
    client,
    type,
    metadataOnly,
    allNamespaces: true,
    onChange: (change) => changes.push(`${change.type} ${change.object.metadata.name}`),
    turns: new Turns(10_000),
    signal: stop.signal,
    clock: systemClock,
    log: silentLog,
    metrics: noMetrics,
  });
  await watch.synced('default', 5_000);
  const says = async (event: string, object: object): Promise<void> => {
    await until(() => open !== undefined);
    open?.event(event, object);
    if (event === 'ERROR') open = undefined;
  };
  return { watch, changes, client, says, holds };
}

const bookmark = (resourceVersion: string): object => ({ kind: 'ConfigMap', metadata: { resourceVersion } });

describe('what an operator wrote itself', () => {
  it('counts as seen before the watch brings it, whose echo is no news then', async () => {
    const { watch, changes, says } = await watching<ConfigMap>(ConfigMapResource);
    watch.wrote(configMap('a', '8', { is: 'written' }));
    expect(watch.get('a', 'default')?.data).toEqual({ is: 'written' });
    await says('ADDED', configMap('a', '7', { is: 'older' }));
    await until(() => changes.length === 1);
    expect(watch.get('a', 'default')?.data).toEqual({ is: 'written' });
    await says('MODIFIED', configMap('a', '8', { is: 'written' }));
    await says('MODIFIED', configMap('a', '9', { is: 'newer' }));
    await until(() => changes.length === 2);
    expect(changes).toEqual(['added a', 'updated a']);
    expect(watch.get('a', 'default')?.data).toEqual({ is: 'newer' });
  });

  it('is gone when the watch showed its deletion before the answer to the write came', async () => {
    const { watch, changes, says } = await watching<ConfigMap>(ConfigMapResource);
    await says('ADDED', configMap('a', '8'));
    await says('DELETED', configMap('a', '9'));
    await until(() => changes.length === 2);
    watch.wrote(configMap('a', '8'));
    expect(watch.get('a', 'default')).toBeUndefined();
  });

  it('is gone when a list after 410 does not have it', async () => {
    const { watch, says, holds } = await watching<ConfigMap>(ConfigMapResource);
    watch.wrote(configMap('a', '8'));
    holds.resourceVersion = '12';
    await says('ERROR', { kind: 'Status', code: 410, reason: 'Expired' });
    await until(() => server.requests.some((line) => line.includes('resourceVersion=12')));
    expect(watch.get('a', 'default')).toBeUndefined();
  });

  it('is gone when a bookmark says that the watch has got further without it', async () => {
    const { watch, says } = await watching<ConfigMap>(ConfigMapResource);
    watch.wrote(configMap('a', '8'));
    await says('BOOKMARK', bookmark('7'));
    await says('BOOKMARK', bookmark('20'));
    await until(() => watch.get('a', 'default') === undefined);
    expect(watch.list('')).toEqual([]);
  });
});

const secret = (resourceVersion: string, password: string): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name: 'api',
    namespace: 'default',
    uid: 'uid-api',
    resourceVersion,
    labels: { of: 'a-feed' },
    ownerReferences: [{ apiVersion: 'v1', kind: 'Owner', name: 'sp500', uid: 'uid-sp500' }],
  },
  data: { password },
});

describe('a Secret', () => {
  it('that was written is known at once with its data, and the watch holds its metadata only', async () => {
    const { watch, client, says, changes } = await watching<Secret>(SecretResource, true);
    const reader = new SecretReader(client, watch, silentLog);
    reader.wrote(secret('8', 'b25l'));
    expect(watch.get('api', 'default')?.metadata).toEqual(secret('8', '').metadata);
    expect(watch.get('api', 'default')?.data).toBeUndefined();
    const asked = server.requests.length;
    expect(await reader.read('api', 'default', stop.signal)).toEqual(secret('8', 'b25l'));
    const { data: _, ...metadata } = secret('8', '');
    await says('ADDED', metadata);
    await until(() => watch.list('').length === 1);
    expect(watch.list('').map((kept) => kept.data)).toEqual([undefined]);
    await says('MODIFIED', { ...metadata, metadata: { ...metadata.metadata, resourceVersion: '9' } });
    await until(() => changes.length === 1);
    expect(server.requests.slice(asked).filter((line) => !line.includes('watch=1'))).toEqual([]);
  });

  it('that was written again, as a rotation does, is the newer one', async () => {
    const { watch, client } = await watching<Secret>(SecretResource, true);
    const reader = new SecretReader(client, watch, silentLog);
    for (const [version, password] of [
      ['8', 'b25l'],
      ['9', 'dHdv'],
      ['10', 'b25l'],
    ] as const) {
      const answer = secret(version, password);
      reader.wrote(answer);
      expect((await reader.read('api', 'default', stop.signal))?.data).toEqual({ password });
    }
  });

  it('that is read beforehand is kept only where it is wanted', async () => {
    const { watch, client, holds, says } = await watching<Secret>(SecretResource, true);
    const reader = new SecretReader(client, watch, silentLog);
    const other = secret('8', 'dHdv');
    other.metadata.name = 'of-another';
    holds.items = [secret('8', 'b25l'), other];
    await reader.prefetch([], 'kind=user', stop.signal, (name) => name === 'api');
    for (const each of holds.items) await says('ADDED', each);
    await until(() => watch.list('').length === 2);
    const asked = server.requests.length;
    await reader.read('api', 'default', stop.signal);
    expect(server.requests.slice(asked)).toEqual([]);
    await reader.read('of-another', 'default', stop.signal);
    expect(server.requests.slice(asked)).toEqual(['GET /api/v1/namespaces/default/secrets/of-another']);
  });

  it('that changes is read once for each version', async () => {
    const { watch, client, says, holds } = await watching<Secret>(SecretResource, true);
    const reader = new SecretReader(client, watch, silentLog);
    expect(await reader.read('api', 'default', stop.signal)).toBeUndefined();
    holds.items = [secret('8', 'b25l')];
    await says('ADDED', secret('8', 'b25l'));
    await until(() => watch.get('api', 'default') !== undefined);
    const reads = (): number => server.requests.filter((line) => line.endsWith('/secrets/api')).length;
    for (let i = 0; i < 3; i += 1)
      expect((await reader.read('api', 'default', stop.signal))?.data).toEqual({ password: 'b25l' });
    expect(reads()).toBe(1);
    holds.items = [secret('9', 'dHdv')];
    await says('MODIFIED', secret('9', 'dHdv'));
    await until(() => watch.get('api', 'default')?.metadata.resourceVersion === '9');
    expect((await reader.read('api', 'default', stop.signal))?.data).toEqual({ password: 'dHdv' });
    expect(reads()).toBe(2);
  });
});
