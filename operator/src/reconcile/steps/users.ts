import {
  COMPONENTS,
  isReady,
  planUsers,
  userName,
  whyNotReady,
  type Feed,
  type StrimziCluster,
} from '../../plan/index.ts';
import { refer, type FeedContext } from '../context.ts';
import type { Passwords } from '../kafka-access.ts';
import { StallError, WaitError, WHILE_STRIMZI_IS_SILENT } from '../errors.ts';
import { referenceTo } from '../references.ts';

/** Makes the two users and reads the passwords that Strimzi gave them. */
export async function ensureUsers(
  context: FeedContext,
  feed: Feed,
  cluster: StrimziCluster,
): Promise<Passwords> {
  try {
    return await makeUsers(context, feed, cluster);
  } catch (error) {
    if (error instanceof StallError || error instanceof WaitError)
      context.draft.set('UserReady', 'False', error.reason, error.message);
    throw error;
  }
}

async function makeUsers(context: FeedContext, feed: Feed, cluster: StrimziCluster): Promise<Passwords> {
  const { env, draft, signal } = context;
  const users = await Promise.all(
    planUsers(feed, cluster).map((user) => env.children.ensure(env.caches.users, user, feed, signal)),
  );
  for (const component of COMPONENTS)
    refer(context, referenceTo('Secret', cluster.namespace, userName(feed, component)));
  const passwords: Partial<Passwords> = {};
  for (const component of COMPONENTS) {
    const name = userName(feed, component);
    const user = users.find(({ metadata }) => metadata.name === name);
    if (user === undefined || !isReady(user)) {
      const why = user === undefined ? '' : whyNotReady(user);
      throw new WaitError(
        'UserNotReady',
        `KafkaUser ${cluster.namespace}/${name} is not Ready${why}`,
        why === '' ? WHILE_STRIMZI_IS_SILENT : {},
      );
    }
    const secretName = user.status?.secret ?? name;
    refer(context, referenceTo('Secret', cluster.namespace, secretName));
    const secret = await env.secrets.read(secretName, cluster.namespace, signal);
    const password = secret?.data?.['password'];
    if (password === undefined || password === '')
      throw new WaitError(
        'UserNotReady',
        `Secret ${cluster.namespace}/${secretName} of Strimzi holds no password yet`,
        WHILE_STRIMZI_IS_SILENT,
      );
    passwords[component] = password;
  }
  draft.set('UserReady', 'True', 'UsersReady', 'The users of producer and consumer are ready.');
  const { producer = '', consumer = '' } = passwords;
  return { producer, consumer };
}
