import '@tributary/runtime/without-forms';
import { join } from 'node:path';
import { byteCount, consumerConfig, feedName, POD_ENV } from '@tributary/api';
import { brokerConnection, connectKafka } from '@tributary/kafka';
import {
  collectWhenQuiet,
  listenAddress,
  loadConfig,
  Registry,
  requireEnv,
  runMain,
  SecretFolder,
  startPodServer,
  systemClock,
  Watchdog,
  type MainContext,
} from '@tributary/runtime';
import { ConsumerState, statusOf } from './pod/consumer-state.ts';
import { consumeFeed } from './pod/feed-consumer.ts';
import { createMetrics } from './pod/metrics.ts';
import { openDatabricksVolume, openFolderVolume } from './pod/open-volume.ts';
import { within } from './pod/within.ts';
import { withVolume } from './pod/prepare.ts';
import { DiskBudget } from './spool/disk-budget.ts';
import { Spool } from './spool/spool.ts';

/** Nothing is lost by leaving a long poll behind. */
const CLOSE_MS = 500;

await runMain('consumer', async ({ signal, logger, secrets }: MainContext) => {
  const config = await loadConfig(consumerConfig());
  const dataDir = requireEnv(POD_ENV.dataDir);
  const feed = feedName(config.feed.namespace, config.feed.name);
  const log = logger.child({ feed });
  const state = new ConsumerState();
  const registry = new Registry();
  const metrics = createMetrics(registry, () => state.lag());
  const watchdog = new Watchdog();
  collectWhenQuiet();
  const server = await startPodServer({
    ...listenAddress(),
    metrics: registry,
    watchdog,
    secrets,
    ready: () => state.positioned,
    status: () => statusOf(config, state),
  });
  log.info({ port: server.port }, 'listening');
  const budget = new DiskBudget(byteCount(config.storage.budget), 0);
  const around = { config, clock: systemClock, random: Math.random, log, state };
  const kafka = connectKafka(
    brokerConnection(config.kafka, new SecretFolder(requireEnv(POD_ENV.kafkaDir), secrets), {
      clientId: `${feed}.consumer`,
      log,
    }),
  );
  const { volume: target } = config;
  const { volume, sql, close } =
    target === undefined
      ? await openFolderVolume(dataDir, (bytes) => budget.take(bytes))
      : await withVolume(around, signal, () =>
          openDatabricksVolume(target, requireEnv(POD_ENV.databricksDir), secrets),
        );
  try {
    const spool = new Spool({ folder: join(dataDir, 'spool'), feed });
    await consumeFeed({ ...around, kafka, volume, sql, dataDir, spool, budget, metrics, watchdog }, signal);
  } finally {
    close();
    await within(kafka.close(), CLOSE_MS, systemClock);
    await server.close();
  }
});
