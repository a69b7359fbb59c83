/** Our kinds on a real API server: what it admits, refuses, defaults and explains. One server for all of it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ensureToolchain, startTestApiServer, type TestApiServer, waitUntil } from '@tributary/local/testing';
import {
  connectKube,
  type CustomObject,
  CustomResourceDefinitionResource,
  KubeApiError,
  type KubeClient,
  type KubeObject,
  NamespaceResource,
  type ResourceType,
} from '@tributary/operator/kube';
import fc from 'fast-check';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { admitStreamSource } from '../validate/parse-stream-source.ts';
import { REFUSALS } from '../testing/refusals.ts';
import { mutations } from '../testing/mutations.ts';
import { catalogueFeeds, changed, sampleDocuments, sampleFeed } from '../testing/samples.ts';
import { customResourceDefinitions, type JsonObject } from './index.ts';

const custom = (kind: string, plural: string): ResourceType<CustomObject> => ({
  group: 'tributary.dev',
  version: 'v1alpha1',
  plural,
  kind,
  namespaced: true,
});
const StreamSourceResource = custom('StreamSource', 'streamsources');
const APIQuotaResource = custom('APIQuota', 'apiquotas');
const SAMPLES = ['sp500-daily', 'ibm-weekly', 'http-events', 'any-kafka'] as const;

let api: TestApiServer;
let client: KubeClient;

const asObject = (value: JsonObject): CustomObject => value as unknown as CustomObject;
/** What the API server makes of `value`; nothing is stored. */
const dryRun = (value: JsonObject): Promise<CustomObject> =>
  client.create(StreamSourceResource, asObject(value), { dryRun: true, fieldValidation: 'Strict' });
/** Why the API server refuses `value`; undefined when it does not. */
const refusal = async (value: JsonObject): Promise<string | undefined> => {
  try {
    await dryRun(value);
    return undefined;
  } catch (error) {
    if (error instanceof KubeApiError && (error.code === 422 || error.code === 400)) return error.message;
    throw error;
  }
};

beforeAll(async () => {
  api = await startTestApiServer();
  client = connectKube({ kubeconfigPath: api.kubeconfigPath, userAgent: 'tributary-test/1.0' });
  for (const name of ['markets', 'events']) {
    const namespace: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    await client.create(NamespaceResource, namespace);
  }
  for (const { definition } of customResourceDefinitions()) {
    const crd = definition as unknown as Parameters<typeof client.create<KubeObject>>[1];
    await client.create(CustomResourceDefinitionResource, crd, { fieldValidation: 'Strict' });
  }
  await waitUntil(async () => (await established('streamsources')) && (await established('apiquotas')), {
    what: 'our kinds are served',
    timeoutMs: 60_000,
  });
}, 900_000);

afterAll(async () => {
  await client?.close();
  await api?.stop();
}, 60_000);

async function established(plural: string): Promise<boolean> {
  const crd = await client.get(CustomResourceDefinitionResource, `${plural}.tributary.dev`);
  const holds = (type: string): boolean =>
    crd?.status?.conditions?.some((it) => it.type === type && it.status === 'True') ?? false;
  if (!holds('Established')) return false;
  try {
    await client.list(custom('', plural), { namespace: 'markets' });
    return true;
  } catch (error) {
    if (error instanceof KubeApiError && error.isNotFound) return false;
    throw error;
  }
}

describe('the definitions', () => {
  it('are structural and cheap enough: no condition speaks against them', async () => {
    for (const { definition } of customResourceDefinitions()) {
      const { name } = definition['metadata'] as { name: string };
      const crd = await client.get(CustomResourceDefinitionResource, name);
      expect(crd?.status?.conditions?.map(({ type, status }) => `${type}=${status}`).sort()).toEqual([
        'Established=True',
        'NamesAccepted=True',
      ]);
    }
  });
});

describe('a StreamSource', () => {
  it.each(SAMPLES)('of the sample %s is admitted', async (name) => {
    for (const document of sampleDocuments(name)) {
      const type = document['kind'] === 'APIQuota' ? APIQuotaResource : StreamSourceResource;
      const admitted = client.create(type, asObject(document), { dryRun: true, fieldValidation: 'Strict' });
      await expect(admitted).resolves.toMatchObject({ kind: document['kind'] });
    }
  });

  it.each(SAMPLES)('of the sample %s gets the same defaults from the API server as from us', async (name) => {
    const stored = await dryRun(sampleFeed(name));
    const ours = admitStreamSource(sampleFeed(name));
    expect(ours).toMatchObject({ ok: true });
    expect(ours.ok ? ours.value.spec : undefined).toEqual(stored.spec);
  });

  it.each(catalogueFeeds())(
    'of the catalogue is admitted, with the same defaults: %s',
    async (_name, feed) => {
      const stored = await dryRun(feed);
      const ours = admitStreamSource(feed);
      expect(ours.ok ? ours.value.spec : ours.problems).toEqual(stored.spec);
    },
  );

  it.each(REFUSALS)('is refused for $what', async ({ sample, path, to, field, says }) => {
    const wrong = changed(sampleFeed(sample), path, to);
    expect(await refusal(wrong)).toMatch(says);
    const ours = admitStreamSource(wrong);
    expect(ours.ok ? [] : ours.problems.map((problem) => problem.field)).toContain(field);
  });

  it('is judged alike by the API server and by us, whatever is changed in it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...SAMPLES).chain((name) => mutations(sampleFeed(name))),
        async (value) => {
          const server = await refusal(value);
          const ours = admitStreamSource(value);
          expect({
            refused: server !== undefined,
            server,
            problems: ours.ok ? [] : ours.problems,
          }).toMatchObject({
            refused: !ours.ok,
          });
        },
      ),
      { numRuns: 400 },
    );
  }, 120_000);
});

describe('a change to a stored StreamSource', () => {
  const update = async (path: string, to: JsonObject[string]): Promise<unknown> => {
    const stored = await client.get(StreamSourceResource, 'ibm-weekly', 'markets');
    const next = changed(stored as unknown as JsonObject, path, to);
    return client.update(StreamSourceResource, asObject(next), { dryRun: true });
  };

  beforeAll(async () => {
    const feed = changed(sampleFeed('ibm-weekly'), 'spec.kafka.topic.partitions', 3);
    await client.create(StreamSourceResource, asObject(feed));
  });

  it('may add partitions', async () => {
    await expect(update('spec.kafka.topic.partitions', 4)).resolves.toBeDefined();
  });

  it('may not take partitions away', async () => {
    await expect(update('spec.kafka.topic.partitions', 2)).rejects.toThrow(
      /partitions can grow, never shrink/,
    );
  });

  it('may not move to another Kafka', async () => {
    for (const [path, to] of [
      ['spec.kafka.strimzi.cluster', 'other'],
      ['spec.kafka.strimzi.namespace', 'other'],
      ['spec.kafka', { bootstrapServers: 'kafka:9092' }],
    ] as const) {
      await expect(update(path, to)).rejects.toThrow(/the Kafka of a feed cannot change/);
    }
  });

  it('reads as in progress, as kstatus has it, before anybody has looked at it', async () => {
    const stored = await client.get(StreamSourceResource, 'ibm-weekly', 'markets');
    expect(stored?.status).toEqual({ observedGeneration: -1 });
    expect(stored?.metadata.generation).toBeGreaterThan(0);
  });

  it('takes a status by its own path only, and refuses one that is no status', async () => {
    const stored = await client.get(StreamSourceResource, 'ibm-weekly', 'markets');
    if (stored === undefined) throw new Error('the feed is gone');
    const condition = {
      type: 'Ready',
      status: 'True',
      reason: 'Ready',
      message: 'Every part is in place.',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    const status = { observedGeneration: 1, conditions: [condition], records: { published: 2 ** 40 } };
    const bySpec = await client.update(StreamSourceResource, { ...stored, status });
    expect(bySpec.status).toEqual({ observedGeneration: -1 });
    const written = await client.update(
      StreamSourceResource,
      { ...bySpec, status },
      { subresource: 'status' },
    );
    expect(written.status).toEqual(status);
    const bad = { ...written, status: { conditions: [{ ...condition, status: 'Maybe' }] } };
    await expect(client.update(StreamSourceResource, bad, { subresource: 'status' })).rejects.toThrow(
      /Unsupported value/,
    );
  });
});

describe('kubectl', () => {
  const kubectl = async (...args: string[]): Promise<string> => {
    const { kubectl: program } = await ensureToolchain(['kubectl']);
    const { stdout } = await promisify(execFile)(program, [...args, '--kubeconfig', api.kubeconfigPath]);
    return stdout;
  };

  it('explains every field in a sentence', async () => {
    const [top, list] = await Promise.all([
      kubectl('explain', 'streamsource.spec'),
      kubectl('explain', 'feed.spec.source.http.pagination.page'),
    ]);
    expect(top).toMatch(/kafka\t<Object> -required-\n {4}The Kafka that carries the records\./);
    expect(list).toMatch(/parameter\t<string> -required-\n {4}Query parameter of the page number\./);
  });

  it('lists feeds by the short name, with what a user wants to know first', async () => {
    const table = await kubectl('get', 'feeds', '--namespace', 'markets');
    expect(
      table
        .split('\n')[0]
        ?.trim()
        .split(/\s{2,}/),
    ).toEqual(['NAME', 'READY', 'REASON', 'PUBLISHED', 'UPLOADED', 'POLL RESULT', 'LAST POLL', 'AGE']);
    expect(table).toMatch(/ibm-weekly +True +Ready +1099511627776/);
  });

  it('applies the generated files as they are', async () => {
    const folder = fileURLToPath(new URL('../../../charts/tributary/files/crds', import.meta.url));
    const applied = await kubectl(
      'apply',
      '--server-side',
      '--force-conflicts',
      '--dry-run=server',
      '--validate=strict',
      '-f',
      folder,
    );
    expect(applied.trim().split('\n')).toHaveLength(customResourceDefinitions().length);
  });
});
