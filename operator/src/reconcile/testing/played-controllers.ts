import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeploymentResource,
  KubeApiError,
  SecretResource,
  type Deployment,
  type KubeClient,
  type KubeObject,
  type ResourceType,
} from '../../kube/index.ts';
import { isReady, KafkaTopics, KafkaUsers, type KafkaTopic, type KafkaUser } from '../../plan/index.ts';

const LOOK_EVERY_MS = 40;

export interface Played {
  /** While true, Strimzi and the deployment controller do nothing. */
  frozen: boolean;
  stop(): Promise<void>;
}

/** Plays those who would answer in a cluster: Strimzi for topics and users, and the controller of Deployments. */
export function playControllers(client: KubeClient): Played {
  const stop = new AbortController();
  const played = {
    frozen: false,
    stop: async (): Promise<void> => {
      stop.abort();
      await loop;
    },
  };
  const turn = async (): Promise<void> => {
    await answer<KafkaTopic>(client, KafkaTopics, answerTopic);
    await answer<KafkaUser>(client, KafkaUsers, answerUser);
    await answer<Deployment>(client, DeploymentResource, answerDeployment);
  };
  const loop = (async () => {
    while (!stop.signal.aborted) {
      if (!played.frozen) await turn();
      await sleep(LOOK_EVERY_MS, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  })();
  return played;
}

async function answer<T extends KubeObject>(
  client: KubeClient,
  type: ResourceType<T>,
  respond: (client: KubeClient, object: T) => Promise<T | undefined>,
): Promise<void> {
  for (const object of (await client.list(type)).items) {
    try {
      const answered = await respond(client, object);
      if (answered !== undefined) await client.update(type, answered, { subresource: 'status' });
    } catch (error) {
      // It changed or went meanwhile: the next turn sees it as it is.
      if (!(error instanceof KubeApiError) || (!error.isConflict && !error.isNotFound)) throw error;
    }
  }
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
      metadata: { name, namespace, labels: { 'strimzi.io/kind': 'KafkaUser' } },
      data: { password: Buffer.from(randomBytes(16).toString('hex')).toString('base64') },
    });
  }
  return { ...user, status: { ...readyNow(user), username: name, secret: name } };
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
