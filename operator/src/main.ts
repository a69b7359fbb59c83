import { randomBytes } from 'node:crypto';
import {
  collectDefaultMetrics,
  Registry,
  runMain,
  startPodServer,
  Watchdog,
  type MainContext,
} from '@tributary/runtime';
import { loadNotebooks } from './databricks/index.ts';
import { readEnvironment, readRelease } from './environment.ts';
import { connectKube, Elector, fencedClient, type Leadership } from './kube/index.ts';
import { kubeMetrics } from './kube-metrics.ts';
import { createOperator, type Operator } from './reconcile/index.ts';
import { releaseFeeds } from './release-feeds.ts';
import { watchLoops } from './watch-loops.ts';

const USER_AGENT = 'tributary-operator/0.1.0';
/** For verbs. More at once make no API server faster, and take its time from those who answer to what was written. */
const MAX_CONNECTIONS = 16;
const LEASE = 'tributary-operator';

await runMain('operator', (context) => {
  const release = readRelease(process.env);
  return release === undefined ? main(context) : letGo(context, release.namespaces);
});

async function letGo({ signal, logger: log }: MainContext, namespaces: string[]): Promise<void> {
  const client = connectKube({ userAgent: USER_AGENT, log });
  try {
    await releaseFeeds({ client, namespaces, log }, signal);
  } finally {
    await client.close();
  }
}

async function main({ signal, logger, secrets }: MainContext): Promise<void> {
  const config = readEnvironment(process.env);
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const metrics = kubeMetrics(registry);
  const watchdog = new Watchdog();
  const notebooks = await loadNotebooks(config.notebooksDir);
  const identity = `${config.podName}_${randomBytes(6).toString('hex')}`;
  const shared = { log: logger, metrics };
  const client = connectKube({ userAgent: USER_AGENT, maxConnections: MAX_CONNECTIONS, ...shared });

  let leader: string | undefined;
  let operator: Operator | undefined;
  let ready = false;
  const server = await startPodServer({
    address: config.address,
    port: config.port,
    metrics: registry,
    watchdog,
    secrets,
    // One that waits for its turn is ready to take over.
    ready: () => ready || (leader !== undefined && leader !== identity),
    status: () => ({
      component: 'operator',
      version: '0.1.0',
      identity,
      leader: leader ?? '',
      leading: operator !== undefined,
      feeds: operator?.feeds() ?? 0,
      stuck: operator?.stuck() ?? [],
    }),
  });

  const lead = async (leadership: Pick<Leadership, 'signal' | 'assertHeld'>): Promise<void> => {
    operator = createOperator({
      ...shared,
      client: fencedClient(client, leadership),
      namespaces: config.namespaces,
      kafkaNamespaces: config.kafkaNamespaces,
      kafkaAdmission: config.kafkaAdmission,
      operatorNamespace: config.namespace,
      instance: config.podName,
      images: config.images,
      notebooks,
      ...(config.federationAudience === undefined ? {} : { federationAudience: config.federationAudience }),
      ...(config.logLevel === undefined ? {} : { logLevel: config.logLevel }),
    });
    const watching = watchLoops(operator, watchdog, leadership.signal);
    operator.started.then(
      () => {
        ready = true;
        logger.info({ feeds: operator?.feeds() }, 'reconciling');
      },
      (error: unknown) => logger.info({ err: error }, 'stopped before all caches were filled'),
    );
    await operator.run(leadership.signal);
    await watching;
  };

  try {
    if (!config.leaderElection) {
      await lead({ signal, assertHeld: () => undefined });
      return;
    }
    const elector = new Elector({
      client,
      namespace: config.namespace,
      name: LEASE,
      identity,
      onLeader: (seen) => (leader = seen),
      ...shared,
    });
    await elector.run(signal, lead);
  } finally {
    await server.close();
    await client.close();
  }
}
