import { KubeApiError, type Deployment } from '../../kube/index.ts';
import {
  checksumOf,
  consumerConfigOf,
  planConfigMap,
  planConsumer,
  planCredentials,
  planNetworkPolicies,
  planPodMonitor,
  planProducer,
  planStorage,
  producerConfigOf,
  type Component,
  type Feed,
  type PodInputs,
  type Broker,
} from '../../plan/index.ts';
import type { FeedContext } from '../context.ts';
import type { Environment } from '../environment.ts';
import { StallError } from '../errors.ts';
import type { UserSecrets } from './secrets.ts';
import type { Passwords } from '../kafka-access.ts';

/** Everything that the pods' objects are planned from. */
export interface Surroundings {
  broker: Broker;
  topicId: string;
  passwords: Passwords;
  secrets: UserSecrets;
}

/** Mirrored credentials, configs, network policies: what must be there before the pods. */
export async function ensureBelongings(
  { env, signal }: FeedContext,
  feed: Feed,
  { broker, topicId, passwords }: Surroundings,
): Promise<void> {
  const { caches, children, secrets } = env;
  const secretsKnown = {
    type: caches.secrets.type,
    get: (name: string, namespace: string) => secrets.read(name, namespace, signal),
    wrote: secrets.wrote.bind(secrets),
  };
  await Promise.all([
    ...(['producer', 'consumer'] as const).map((component) =>
      children.ensure(
        secretsKnown,
        planCredentials(feed, component, broker, passwords[component]),
        feed,
        signal,
      ),
    ),
    ...configs(feed, broker, topicId).map(([component, config]) =>
      children.ensure(caches.configMaps, planConfigMap(feed, component, config), feed, signal),
    ),
    ...planNetworkPolicies(feed, broker, env.operatorNamespace).map((policy) =>
      children.ensure(caches.networkPolicies, policy, feed, signal),
    ),
    ensurePodMonitor(env, feed, signal),
  ]);
}

/** Its kind may have gone since it was last looked for: a feed needs no monitoring to run. */
async function ensurePodMonitor(
  { caches: { podMonitors }, children }: Environment,
  feed: Feed,
  signal: AbortSignal,
): Promise<void> {
  if (podMonitors === undefined) return;
  try {
    await children.ensure(podMonitors, planPodMonitor(feed), feed, signal);
  } catch (error) {
    if (!(error instanceof KubeApiError) || !error.isNotFound) throw error;
  }
}

/** The consumer's disk. What it is made of cannot be changed later, so a change is refused in words. */
export async function ensureStorage({ env, signal }: FeedContext, feed: Feed): Promise<void> {
  const claim = planStorage(feed);
  if (claim === undefined) return;
  const { name, namespace = '' } = claim.metadata;
  const observed = env.caches.claims.get(name, namespace);
  const wanted = claim.spec?.storageClassName;
  if (observed !== undefined && wanted !== undefined && observed.spec?.storageClassName !== wanted)
    throw new StallError(
      'StorageClassCannotChange',
      `spec.storage.storageClassName: the volume exists in class ${observed.spec?.storageClassName ?? 'default'}; delete PersistentVolumeClaim ${name} first if it may be lost`,
    );
  await env.children.ensure(env.caches.claims, claim, feed, signal);
}

export async function ensureDeployments(
  { env, signal }: FeedContext,
  feed: Feed,
  { broker, topicId, passwords, secrets }: Surroundings,
): Promise<Record<Component, Deployment>> {
  const [producerConfig, consumerConfig] = configs(feed, broker, topicId).map(([, config]) =>
    checksumOf([JSON.stringify(config)]),
  );
  const inputs = (component: Component, config: string | undefined, userSecrets: string): PodInputs => ({
    image: env.images[component],
    logLevel: env.logLevel,
    configChecksum: config ?? '',
    secretsChecksum: checksumOf([passwords[component], broker.ca ?? '', userSecrets]),
  });
  const planned = [
    planProducer(feed, inputs('producer', producerConfig, secrets.sourceChecksum), secrets.source),
    planConsumer(feed, inputs('consumer', consumerConfig, secrets.connectionChecksum), secrets.connection),
  ] as const;
  const [producer, consumer] = await Promise.all(
    planned.map((deployment) => env.children.ensure(env.caches.deployments, deployment, feed, signal)),
  );
  if (producer === undefined || consumer === undefined) throw new TypeError('two deployments are planned');
  return { producer, consumer };
}

function configs(feed: Feed, broker: Broker, topicId: string) {
  return [
    ['producer', producerConfigOf(feed, broker)],
    ['consumer', consumerConfigOf(feed, broker, topicId)],
  ] as const;
}
