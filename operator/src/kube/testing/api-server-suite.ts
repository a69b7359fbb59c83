/** What the machinery must do against a real API server. One server for all of it: starting one takes seconds. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Applier, APPLIED_HASH } from '../apply.ts';
import { connectKube } from '../connection.ts';
import { isServed } from '../discovery.ts';
import { Elector, LeadershipLostError } from '../elector.ts';
import { EventRecorder } from '../events.ts';
import { fencedClient } from '../fence.ts';
import type { ConfigMap, Secret } from '../kinds.ts';
import { type Change, Reflector } from '../reflector.ts';
import {
  ConfigMapResource,
  DeploymentResource,
  EventResource,
  LeaseResource,
  NamespaceResource,
  NetworkPolicyResource,
  PersistentVolumeClaimResource,
  PodMonitorResource,
  SecretResource,
  ServiceAccountResource,
  ServiceResource,
} from '../resources.ts';
import { plannedObjects } from './planned-objects.ts';
import { until } from './scripted-server.ts';
import type { KubeClient, KubeObject, ResourceType } from '../types.ts';

export interface RunningApiServer {
  /** Of a user who may do everything. */
  kubeconfigPath: string;
  stop(): Promise<void>;
}

/** Declares the tests; `start` is called once, before the first. */
export function testAgainst(start: () => Promise<RunningApiServer>): void {
  let api: RunningApiServer;
  let client: KubeClient;
  const NAMESPACE = 'machinery';
  const metadata = (name: string) => ({ name, namespace: NAMESPACE });
  const configMap = (name: string, data: Record<string, string> = {}): ConfigMap => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadata(name),
    data,
  });
  const connect = () => connectKube({ kubeconfigPath: api.kubeconfigPath, userAgent: 'tributary-test/1.0' });

  beforeAll(async () => {
    api = await start();
    client = connect();
    await client.create(NamespaceResource, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: NAMESPACE },
    });
  }, 900_000);

  afterAll(async () => {
    await client?.close();
    await api?.stop();
  }, 60_000);

  describe('the client', () => {
    it('creates, reads, updates with a precondition, patches and deletes', async () => {
      const made = await client.create(ConfigMapResource, configMap('verbs', { a: '1' }));
      expect(made.metadata.uid).toBeDefined();
      const updated = await client.update(ConfigMapResource, { ...made, data: { a: '2' } });
      const stale = client.update(ConfigMapResource, { ...made, data: { a: '3' } });
      await expect(stale).rejects.toMatchObject({ code: 409, reason: 'Conflict', isConflict: true });
      const patched = await client.mergePatch(ConfigMapResource, 'verbs', NAMESPACE, { data: { b: '4' } });
      expect(patched.data).toEqual({ a: '2', b: '4' });
      expect(updated.metadata.uid).toBe(made.metadata.uid);
      const wrong = client.delete(ConfigMapResource, 'verbs', NAMESPACE, { uid: 'another' });
      await expect(wrong).rejects.toMatchObject({ isConflict: true });
      expect(
        await client.delete(ConfigMapResource, 'verbs', NAMESPACE, { uid: made.metadata.uid ?? '' }),
      ).toBe(true);
      expect(await client.get(ConfigMapResource, 'verbs', NAMESPACE)).toBeUndefined();
    });

    it('is told what is wrong with an object', async () => {
      const bad = configMap('Not A Name');
      await expect(client.create(ConfigMapResource, bad)).rejects.toMatchObject({
        code: 422,
        isInvalid: true,
      });
      const unknown = { ...configMap('strict'), dat: {} };
      const strict = client.create(ConfigMapResource, unknown, { fieldValidation: 'Strict' });
      await expect(strict).rejects.toThrow(/unknown field "dat"/);
    });

    it('writes nothing in a dry run', async () => {
      await client.create(ConfigMapResource, configMap('dry'), { dryRun: true });
      expect(await client.get(ConfigMapResource, 'dry', NAMESPACE)).toBeUndefined();
    });

    it('pages through more than one page', async () => {
      const names = Array.from({ length: 620 }, (_, i) => `page-${i}`);
      for (let i = 0; i < names.length; i += 40)
        await Promise.all(
          names.slice(i, i + 40).map((name) => client.create(ConfigMapResource, configMap(name))),
        );
      const { items, resourceVersion } = await client.list(ConfigMapResource, { namespace: NAMESPACE });
      expect(items.filter((item) => item.metadata.name.startsWith('page-'))).toHaveLength(620);
      expect(items[0]?.kind).toBe('ConfigMap');
      expect(Number(resourceVersion)).toBeGreaterThan(0);
      const path = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
      await client.request('DELETE', path);
      expect((await client.list(ConfigMapResource, { namespace: NAMESPACE })).items).toHaveLength(0);
    }, 60_000);

    it('posts to subresources: a token for a service account', async () => {
      const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metadata('tokens') };
      await client.create(ServiceAccountResource, account);
      const request: KubeObject & { status?: { token: string } } = {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        metadata: metadata('tokens'),
        ...{ spec: { expirationSeconds: 600 } },
      };
      const type = ServiceAccountResource as ResourceType<KubeObject> as ResourceType<typeof request>;
      const { status } = await client.create(type, request, { subresource: 'token' });
      expect(status?.token.split('.')).toHaveLength(3);
    });

    it('tells which resources there are', async () => {
      const asked = [ConfigMapResource, DeploymentResource, PodMonitorResource];
      expect(await Promise.all(asked.map((type) => isServed(client, type)))).toEqual([true, true, false]);
    });
  });

  describe('the reflector', () => {
    it('follows creations, changes and deletions, and holds no data of Secrets when told so', async () => {
      const changes: Change<Secret>[] = [];
      const reflector = new Reflector({
        client,
        type: SecretResource,
        selector: { namespace: NAMESPACE, labelSelector: 'watched=yes', metadataOnly: true },
        handler: (change) => changes.push(change),
      });
      const stop = new AbortController();
      const running = reflector.run(stop.signal);
      await reflector.synced;
      const secret: Secret = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { ...metadata('watched'), labels: { watched: 'yes' } },
        stringData: { password: 'hunter2' },
      };
      await client.create(SecretResource, secret);
      await client.mergePatch(SecretResource, 'watched', NAMESPACE, { stringData: { password: 'hunter3' } });
      await client.mergePatch(SecretResource, 'watched', NAMESPACE, {
        metadata: { labels: { watched: null } },
      });
      await until(() => changes.length >= 3);
      expect(changes.map(({ type }) => type)).toEqual(['added', 'updated', 'deleted']);
      expect(changes[0]?.object).toMatchObject({
        kind: 'Secret',
        apiVersion: 'v1',
        metadata: { name: 'watched' },
      });
      expect(JSON.stringify(changes)).not.toContain(Buffer.from('hunter3').toString('base64'));
      expect(changes.some(({ object }) => object.data !== undefined)).toBe(false);
      stop.abort();
      await running;
    }, 30_000);
  });

  describe('apply', () => {
    const current = (type: ResourceType, name: string) => client.get(type, name, NAMESPACE);

    it('writes each planned object once, again only what somebody changed, and nothing after a restart', async () => {
      const planned = plannedObjects(NAMESPACE);
      const pass = async (applier: Applier) => {
        const written: string[] = [];
        for (const { type, object } of planned) {
          const observed = await current(type, object.metadata.name);
          const applied = await applier.apply(type, object, observed);
          if (applied.written) written.push(`${type.kind}: ${applied.reasons.join(', ')}`);
        }
        return written;
      };
      const options = { client, fieldManager: 'tributary' };
      const applier = new Applier(options);
      expect(await pass(applier)).toEqual(planned.map(({ type }) => `${type.kind}: created`));
      expect(await pass(applier)).toEqual([]);
      expect(await pass(new Applier(options))).toEqual([]);
      await client.mergePatch(DeploymentResource, 'planned', NAMESPACE, { spec: { replicas: 3 } });
      await client.mergePatch(ConfigMapResource, 'planned', NAMESPACE, { data: { added: 'by another' } });
      expect(await pass(applier)).toEqual(['Deployment: spec.replicas']);
      expect(await pass(applier)).toEqual([]);
      const kinds = [
        DeploymentResource,
        NetworkPolicyResource,
        ServiceResource,
        PersistentVolumeClaimResource,
      ];
      for (const type of kinds) expect(planned.some((one) => one.type.kind === type.kind)).toBe(true);
    }, 60_000);

    it('makes what is not known to exist in one request, and leaves alone what exists after all', async () => {
      const applier = new Applier({ client, fieldManager: 'tributary' });
      for (const { type, object } of plannedObjects(NAMESPACE)) {
        const named = structuredClone(object);
        named.metadata.name = 'taken';
        const first = await applier.apply(type, named, undefined);
        expect(first.reasons).toEqual(['created']);
        await expect(applier.apply(type, named, undefined)).rejects.toMatchObject({ isConflict: true });
        const left = await current(type, 'taken');
        expect(left?.metadata.resourceVersion).toBe(first.object.metadata.resourceVersion);
      }
    });

    it('removes what is no longer desired, and leaves what others added', async () => {
      const applier = new Applier({ client, fieldManager: 'tributary' });
      await applier.apply(ConfigMapResource, configMap('fewer', { a: '1', b: '2' }), undefined);
      await client.mergePatch(ConfigMapResource, 'fewer', NAMESPACE, { data: { theirs: '3' } });
      const observed = (await current(ConfigMapResource, 'fewer')) as ConfigMap;
      const { object, reasons } = await applier.apply(
        ConfigMapResource,
        configMap('fewer', { a: '1' }),
        observed,
      );
      expect(reasons).toEqual(['desired changed']);
      expect(object.data).toEqual({ a: '1', theirs: '3' });
      expect(object.metadata.annotations?.[APPLIED_HASH]).toHaveLength(22);
    });

    it('does not fight the server over a field that it writes its own way', async () => {
      const applier = new Applier({ client, fieldManager: 'tributary' });
      const desired = plannedObjects(NAMESPACE).find(({ type }) => type.kind === 'Deployment')?.object;
      if (desired === undefined) throw new Error('no Deployment is planned');
      // hostNetwork: false is what the API server drops.
      const odd = structuredClone(desired) as KubeObject & {
        spec: { template: { spec: { hostNetwork?: boolean } } };
      };
      odd.metadata.name = 'odd';
      odd.spec.template.spec.hostNetwork = false;
      const first = await applier.apply(DeploymentResource, odd as never, undefined);
      const second = await applier.apply(DeploymentResource, odd as never, first.object);
      expect([first.written, second.written]).toEqual([true, false]);
    });
  });

  describe('the elector', () => {
    const elector = (identity: string) =>
      new Elector({
        client,
        namespace: NAMESPACE,
        name: 'leader',
        identity,
        leaseDurationMs: 3_000,
        renewDeadlineMs: 2_000,
        retryPeriodMs: 300,
      });

    it('writes a Lease that the API server accepts, hands it over, and notices when it is taken away', async () => {
      const led: string[] = [];
      const stops = { a: new AbortController(), b: new AbortController() };
      const run = (id: 'a' | 'b') =>
        elector(id).run(stops[id].signal, async ({ signal }) => {
          led.push(id);
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
        });
      const a = run('a');
      await until(() => led.length === 1);
      const b = run('b').catch((error: unknown) => error);
      stops.a.abort();
      await a;
      await until(() => led.length === 2);
      expect(led).toEqual(['a', 'b']);
      const lease = await client.get(LeaseResource, 'leader', NAMESPACE);
      expect(lease?.spec).toMatchObject({ holderIdentity: 'b', leaseDurationSeconds: 3 });
      await client.mergePatch(LeaseResource, 'leader', NAMESPACE, { spec: { holderIdentity: 'thief' } });
      expect(await b).toBeInstanceOf(LeadershipLostError);
    }, 30_000);

    it('lets a fenced client write only while the lease is held', async () => {
      const stop = new AbortController();
      let lost = false;
      const fenced = fencedClient(client, {
        assertHeld: () => {
          if (lost) throw new LeadershipLostError('late');
        },
      });
      await fenced.create(ConfigMapResource, configMap('fenced'), { signal: stop.signal });
      lost = true;
      await expect(fenced.delete(ConfigMapResource, 'fenced', NAMESPACE)).rejects.toThrow(
        LeadershipLostError,
      );
      expect(await fenced.get(ConfigMapResource, 'fenced', NAMESPACE)).toBeDefined();
    });
  });

  describe('the event recorder', () => {
    it('writes an event once and counts its repetitions as a series', async () => {
      const regarding = await client.create(ConfigMapResource, configMap('talkative'));
      const about = { ...regarding, apiVersion: 'v1', kind: 'ConfigMap' };
      const recorder = new EventRecorder({ client, controller: 'tributary.dev/operator', instance: 'pod-1' });
      for (let i = 0; i < 5; i += 1)
        recorder.record(about, { type: 'Warning', reason: 'Tried', note: 'x'.repeat(2_000) });
      recorder.record(about, { type: 'Normal', reason: 'Done', note: 'it worked' });
      await recorder.close();
      const { items } = await client.list(EventResource, { namespace: NAMESPACE });
      const ours = items.filter((event) => event.regarding?.name === 'talkative');
      expect(ours.map(({ reason, series }) => [reason, series?.count]).sort()).toEqual([
        ['Done', undefined],
        ['Tried', 5],
      ]);
    });

    it('cuts short what has too much to tell', async () => {
      const about = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...metadata('noisy'), uid: 'noisy' } };
      const recorder = new EventRecorder({
        client,
        controller: 'tributary.dev/operator',
        instance: 'pod-1',
        limit: { burst: 3, everyMs: 60_000 },
      });
      for (let i = 0; i < 10; i += 1)
        recorder.record(about, { type: 'Normal', reason: 'Noise', note: `note ${i}` });
      await recorder.close();
      const { items } = await client.list(EventResource, { namespace: NAMESPACE });
      expect(items.filter((event) => event.regarding?.name === 'noisy')).toHaveLength(3);
    });
  });
}
