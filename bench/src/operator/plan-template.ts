import { connectKube, type KubeClient, type KubeObject } from '@tributary/operator/kube';
import type { StreamSourceStatus } from '@tributary/api';
import { KafkaTopics } from '../../../operator/src/plan/index.ts';
import type { Arena } from './feeds.ts';

/** What our operator applies for one feed, as text with placeholders: what every contender applies. */
export interface PlanTemplate {
  /** Before Strimzi has answered. */
  readonly first: KubeObject[];
  readonly rest: KubeObject[];
  readonly status: StreamSourceStatus;
}

export interface FeedValues {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly topicId: string;
  readonly producerPassword: string;
  readonly consumerPassword: string;
}

const APPLIED_HASH = 'tributary.dev/applied-hash';
const NOT_BEFORE_STRIMZI = /^Kafka(Topic|User)$/;

/** Lets our operator reconcile one feed, and takes down what it applied. */
export async function recordPlan(arena: Arena): Promise<PlanTemplate> {
  const { world, namespace } = arena;
  const applied: KubeObject[] = [];
  const client = connectKube({ kubeconfigPath: world.kubeconfigPath, userAgent: 'bench-recorder' });
  const operator = await world.startOperator({ client: recording(client, applied) });
  const feed = await arena.create(0);
  await arena.until(
    () => arena.told() === 1,
    () => 'one feed is reconciled',
    30_000,
  );
  await operator.stop();
  await client.close();
  const { metadata, status } = (await world.feed(namespace, feed.metadata.name)) ?? feed;
  const { name, uid = '' } = metadata;
  const topic = await world.client.get(KafkaTopics, `${namespace}.${name}`, 'kafka');
  const values = { namespace, name, uid, topicId: topic?.status?.topicId ?? '' };
  const objects = applied.map((object) => withPlaceholders(bare(object), values));
  return {
    first: objects.filter(({ kind }) => NOT_BEFORE_STRIMZI.test(kind)),
    rest: objects.filter(({ kind }) => !NOT_BEFORE_STRIMZI.test(kind)).map(withPasswordPlaceholder),
    status: withPlaceholders(status ?? {}, values),
  };
}

/** The objects of one feed. */
export function render(template: readonly KubeObject[], values: FeedValues): KubeObject[] {
  let text = JSON.stringify(template);
  for (const [name, value] of Object.entries(values)) text = text.replaceAll(`{{${name}}}`, value);
  return JSON.parse(text) as KubeObject[];
}

function recording(client: KubeClient, applied: KubeObject[]): KubeClient {
  return {
    get: client.get.bind(client),
    list: client.list.bind(client),
    watch: client.watch.bind(client),
    text: client.text.bind(client),
    request: client.request.bind(client),
    close: client.close.bind(client),
    create: client.create.bind(client),
    update: client.update.bind(client),
    mergePatch: client.mergePatch.bind(client),
    delete: client.delete.bind(client),
    apply(type, object, options) {
      if (options.subresource === undefined) applied.push(structuredClone(object));
      return client.apply(type, object, options);
    },
  };
}

/** Without what is the operator's own way of applying. */
function bare(object: KubeObject): KubeObject {
  const { resourceVersion: _, annotations = {}, ...metadata } = object.metadata;
  const { [APPLIED_HASH]: __, ...others } = annotations;
  return {
    ...object,
    metadata: { ...metadata, ...(Object.keys(others).length === 0 ? {} : { annotations: others }) },
  };
}

function withPlaceholders<T>(
  value: T,
  { namespace, name, uid, topicId }: Pick<FeedValues, 'namespace' | 'name' | 'uid' | 'topicId'>,
): T {
  // The topic's id and the uid first: they are long, and hold no names.
  const text = JSON.stringify(value)
    .replaceAll(uid, '{{uid}}')
    .replaceAll(topicId, '{{topicId}}')
    .replaceAll(name, '{{name}}')
    .replaceAll(namespace, '{{namespace}}');
  return JSON.parse(text) as T;
}

/** The mirrored credentials hold what Strimzi made up. */
function withPasswordPlaceholder(object: KubeObject): KubeObject {
  if (object.kind !== 'Secret' || !('data' in object)) return object;
  const component = object.metadata.name.includes('producer') ? 'producer' : 'consumer';
  const { password: _, ...data } = object.data as Record<string, string>;
  return { ...object, data: { ...data, password: `{{${component}Password}}` } } as KubeObject;
}
