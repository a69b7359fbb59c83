import type { KafkaSpec, SecretKeyRef } from '@tributary/api';
import { consumerRights, producerRights, type Right } from '@tributary/kafka';
import type { KeyedLogin } from '../../any-kafka/index.ts';
import { anyBroker, feedTopics, fullName, wantedTopics, type Broker, type Feed } from '../../plan/index.ts';
import type { FeedContext } from '../context.ts';
import { StallError, WaitError } from '../errors.ts';
import type { KafkaAccess } from '../kafka-access.ts';
import { readSecret } from './secrets.ts';
import { reportRecreation } from './topics.ts';

/** A Kafka by its address: the operator makes topics and rights where it may, else it says what is missing. */
export async function useAnyKafka(context: FeedContext, feed: Feed): Promise<KafkaAccess> {
  const { env, key, draft } = context;
  const { sasl } = feed.spec.kafka;
  const { broker, admin, login } = await readAccess(context, feed);
  const outcome = env.anyKafka.request(key, {
    broker,
    topics: wantedTopics(feed),
    login,
    admin,
    rights: rightsOf(feed, broker),
  });
  if (outcome === undefined) {
    if (draft.get('TopicReady') === undefined)
      draft.set('TopicReady', 'Unknown', 'NotYetKnown', 'Kafka has not been looked at yet.');
    throw new WaitError('KafkaNotLookedAt', 'Kafka has not been looked at yet.');
  }
  if (!outcome.ready) {
    const { reason, message, userMustAct } = outcome;
    draft.set('TopicReady', 'False', reason, message);
    if (reason === 'KafkaAuthFailed') draft.set('UserReady', 'False', reason, message);
    throw userMustAct ? new StallError(reason, message) : new WaitError(reason, message);
  }
  const { topicId, partitions } = outcome;
  const { records } = feedTopics(feed);
  reportRecreation(context, records, topicId);
  draft.set('TopicReady', 'True', 'TopicsReady', 'The topics of records, state and dead letters are there.');
  draft.set(
    'UserReady',
    'True',
    broker.logins === undefined ? 'NoLogin' : 'LoginWorks',
    broker.logins === undefined ? 'Kafka asks for no login.' : 'The login of the producer works.',
  );
  draft.report({ topic: { name: records, id: topicId, partitions } });
  const password = login === undefined ? '' : Buffer.from(login.password).toString('base64');
  const consumer =
    sasl?.consumer === undefined
      ? password
      : await readKey(context, feed, sasl.consumer.passwordFrom, 'spec.kafka.sasl.consumer.passwordFrom');
  return { broker, topicId, passwords: { producer: password, consumer } };
}

/** How to reach the Kafka, with what the user's Secrets hold. */
export async function readAccess(
  context: FeedContext,
  feed: Pick<Feed, 'namespace' | 'spec'>,
): Promise<{ broker: Broker; login: KeyedLogin | undefined; admin: KeyedLogin | undefined }> {
  const { kafka } = feed.spec;
  const caFrom = kafka.tls?.caFrom;
  const ca =
    caFrom === undefined ? undefined : decode(await readKey(context, feed, caFrom, 'spec.kafka.tls.caFrom'));
  return {
    broker: anyBroker(kafka, ca),
    login: await keyed(context, feed, kafka.sasl, 'spec.kafka.sasl'),
    admin: await keyed(context, feed, kafka.admin, 'spec.kafka.admin'),
  };
}

/** Of both users, where they log in at all. */
export function rightsOf(feed: Pick<Feed, 'namespace' | 'name' | 'uid'>, { logins }: Broker): Right[] {
  if (logins === undefined) return [];
  const topics = feedTopics(feed);
  const id = fullName(feed);
  return [
    ...producerRights(logins.producer.username, { ...topics, transactionalId: id }),
    ...consumerRights(logins.consumer.username, { records: topics.records, group: id }),
  ];
}

async function keyed(
  context: FeedContext,
  feed: Pick<Feed, 'namespace'>,
  login: KafkaSpec['admin'],
  field: string,
): Promise<KeyedLogin | undefined> {
  if (login === undefined) return undefined;
  const { mechanism, username, passwordFrom } = login;
  const password = decode(await readKey(context, feed, passwordFrom, `${field}.passwordFrom`));
  return { mechanism, username, password };
}

/** Base64, as the API has it. */
async function readKey(
  context: FeedContext,
  feed: Pick<Feed, 'namespace'>,
  { secretKeyRef: { name, key } }: SecretKeyRef,
  field: string,
): Promise<string> {
  const { values } = await readSecret(context, feed, name, field, [key]);
  const value = values[key];
  if (value === undefined)
    throw new StallError('SecretKeyNotFound', `${field}: Secret ${name} has no key ${key}: add it`);
  return value;
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
