import { randomBytes } from 'node:crypto';
import {
  DeploymentResource,
  KubeApiError,
  keyOf,
  Reflector,
  SecretResource,
  Workers,
  WorkQueue,
  type Deployment,
  type KubeClient,
  type KubeObject,
  type ResourceType,
} from '../../kube/index.ts';
import { isReady, KafkaTopics, KafkaUsers, type KafkaTopic, type KafkaUser } from '../../plan/index.ts';

export interface PlayOptions {
  /** Whether Deployments come up. @default true */
  pods?: boolean;
  /** Objects of a kind that are answered at once. @default 4 */
  answering?: number;
}

export interface Played {
  /** While true, Strimzi and the deployment controller do nothing. */
  frozen: boolean;
  stop(): Promise<void>;
}

/**
 * Plays those who would answer in a cluster: Strimzi for topics and users, and, unless pods are not to run, the controller
 * of Deployments.
 */
export function playControllers(
  client: KubeClient,
  { pods = true, answering = 4 }: PlayOptions = {},
): Played {
  const stop = new AbortController();
  const players = [
    play<KafkaTopic>(client, KafkaTopics, answerTopic, answering, stop.signal),
    play<KafkaUser>(client, KafkaUsers, answerUser, answering, stop.signal, removeSecret),
    ...(pods ? [play<Deployment>(client, DeploymentResource, answerDeployment, answering, stop.signal)] : []),
  ];
  let frozen = false;
  return {
    get frozen() {
      return frozen;
    },
    set frozen(value) {
      frozen = value;
      for (const player of players) player.freeze(value);
    },
    async stop() {
      stop.abort();
      await Promise.all(players.map(({ running }) => running));
    },
  };
}

function play<T extends KubeObject>(
  client: KubeClient,
  type: ResourceType<T>,
  respond: (client: KubeClient, object: T) => Promise<T | undefined>,
  concurrency: number,
  signal: AbortSignal,
  gone?: (client: KubeClient, object: T) => Promise<unknown>,
): { freeze(value: boolean): void; running: Promise<unknown> } {
  const queue = new WorkQueue({ name: type.plural });
  let frozen = false;
  const reflector = new Reflector<T>({
    client,
    type,
    handler: ({ type: change, object }) => {
      if (!frozen) queue.add(keyOf(object));
      if (change === 'deleted') gone?.(client, object).catch(() => undefined);
    },
  });
  const workers = new Workers({
    queue,
    concurrency,
    reconcile: async (key) => {
      const object = reflector.store.getByKey(key);
      if (object === undefined || frozen) return;
      try {
        const answered = await respond(client, object);
        if (answered !== undefined) await client.update(type, answered, { subresource: 'status' });
      } catch (error) {
        // It changed or went meanwhile: the watch brings it as it is.
        if (!(error instanceof KubeApiError) || (!error.isConflict && !error.isNotFound)) throw error;
      }
    },
  });
  return {
    freeze(value) {
      frozen = value;
      if (!value) for (const object of reflector.store.list()) queue.add(keyOf(object));
    },
    running: Promise.all([reflector.run(signal), workers.run(signal)]),
  };
}

function readyNow(object: KubeObject) {
  return {
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: new Date().toISOString() }],
    observedGeneration: object.metadata.generation ?? 1,
  };
}

async function answerTopic(_client: KubeClient, topic: KafkaTopic): Promise<KafkaTopic | undefined> {
  if (isReady(topic)) return undefined;
  const topicId = topic.status?.topicId ?? randomBytes(16).toString('base64url');
  return { ...topic, status: { ...readyNow(topic), topicName: topic.metadata.name, topicId } };
}

async function answerUser(client: KubeClient, user: KafkaUser): Promise<KafkaUser | undefined> {
  if (isReady(user)) return undefined;
  const { name, namespace } = user.metadata;
  if (namespace === undefined) return undefined;
  if ((await client.get(SecretResource, name, namespace)) === undefined) {
    await client.create(SecretResource, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name,
        namespace,
        labels: { 'app.kubernetes.io/managed-by': 'strimzi-user-operator', 'strimzi.io/kind': 'KafkaUser' },
      },
      data: { password: Buffer.from(randomBytes(16).toString('hex')).toString('base64') },
    });
  }
  return { ...user, status: { ...readyNow(user), username: name, secret: name } };
}

/** As the garbage collector does, for Strimzi makes the Secret the user's own. */
function removeSecret(client: KubeClient, { metadata: { name, namespace } }: KafkaUser): Promise<unknown> {
  return client.delete(SecretResource, name, namespace);
}

async function answerDeployment(
  _client: KubeClient,
  deployment: Deployment,
): Promise<Deployment | undefined> {
  const generation = deployment.metadata.generation ?? 1;
  if (deployment.status?.observedGeneration === generation) return undefined;
  const replicas = deployment.spec?.replicas ?? 1;
  const counts = {
    replicas,
    updatedReplicas: replicas,
    readyReplicas: replicas,
    availableReplicas: replicas,
  };
  return { ...deployment, status: { observedGeneration: generation, ...counts } };
}
