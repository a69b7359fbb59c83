/** A producer pod: polls one API feed into Kafka. See docs/contracts.md for its surroundings. */
import '@tributary/runtime/without-forms';
import { once } from 'node:events';
import { POD_ENV, producerConfig, resolveColumns } from '@tributary/api';
import { brokerConnection, connectKafka } from '@tributary/kafka';
import {
  collectDefaultMetrics,
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
  Workload,
} from '@tributary/runtime';
import { HttpFetcher } from './fetch/http-fetcher.ts';
import { UpstreamError } from './fetch/upstream-error.ts';
import { pageBounds } from './fetch/page-bounds.ts';
import { createMetrics } from './metrics.ts';
import { compileSource } from './source/feed-source.ts';
import { pollLoop } from './poll/poll-loop.ts';
import { Poller } from './poll/poller.ts';
import { PollSchedule } from './poll/schedule.ts';
import { ReadingThread } from './read/reading-thread.ts';
import { ProducerState, statusOf, VERSION } from './producer-state.ts';

/** Beside this file, which is a bundle where the pod is an image. */
const THREAD = new URL(
  import.meta.url.endsWith('.ts') ? 'read/thread.ts' : 'reading-thread.mjs',
  import.meta.url,
);

await runMain('producer', async ({ signal, logger, secrets }) => {
  const config = await loadConfig(producerConfig());
  const clock = systemClock;
  const state = new ProducerState();
  const watchdog = new Watchdog();
  const workload = new Workload();
  const registry = new Registry();
  let poller: Poller | undefined;
  collectDefaultMetrics({ register: registry });
  collectWhenQuiet();
  const metrics = createMetrics(registry, {
    cursorLagSeconds: () => state.cursorLagSeconds(clock.now()),
    quotaRemaining: () => poller?.quota.remaining(),
  });

  const credentials = new SecretFolder(requireEnv(POD_ENV.kafkaDir), secrets);
  const kafka = connectKafka(
    brokerConnection(config.kafka, credentials, {
      clientId: `tributary-producer/${config.kafka.topic}`,
      log: logger,
    }),
  );
  // The state is read over another connection than the publisher's: it is made meanwhile. What fails is met again there.
  void kafka.check(signal).catch(() => undefined);
  const server = await startPodServer({
    ...listenAddress(),
    metrics: registry,
    watchdog,
    secrets,
    ready: () => state.opened,
    status: () =>
      statusOf(config, state, {
        published: poller?.checkpoint?.published ?? 0,
        deadLettered: poller?.checkpoint?.deadLettered ?? 0,
        cursor: poller?.checkpoint?.cursor,
        quotaRemaining: poller?.quota.remaining(),
        backfilledTo: poller?.checkpoint?.backfill?.reached,
      }),
  });
  const fetchers: HttpFetcher[] = [];
  try {
    const columns = resolveColumns(config);
    const source = compileSource(
      config.source,
      new SecretFolder(process.env[POD_ENV.sourceSecretsDir] ?? '/etc/tributary/source', secrets),
      columns,
    );
    const bounds = pageBounds(process.constrainedMemory());
    const fetcher = new HttpFetcher({
      largestBytes: bounds.bytes,
      redact: (text) => secrets.redact(text),
      allowPrivate: source.allowPrivate,
      timeoutMs: source.timeoutMs,
      userAgent: `tributary/${VERSION}`,
      observe: (seconds, bytes) => {
        workload.add(bytes);
        metrics.requestSeconds.observe(seconds);
      },
    });
    fetchers.push(fetcher);
    const publisher = kafka.openPublisher({ transactionalId: config.kafka.transactionalId });
    const readBounds = { mostOfPage: bounds.records, mostChars: bounds.chars };
    const ofThread = { source: config.source, snapshot: config.snapshot, columns, ...readBounds };
    poller = new Poller({
      ...readBounds,
      beginThread: (failed) => new ReadingThread(THREAD, ofThread, failed),
      restoring: (bytes) => workload.add(bytes),
      published: (records) => metrics.published.inc(records),
      config,
      source,
      fetcher,
      kafka,
      publisher,
      secrets,
      logger,
      clock,
    });
    await pollLoop(
      {
        poller,
        schedule: new PollSchedule(config.schedule),
        state,
        metrics,
        watchdog,
        clock,
        logger,
        timeoutMs: source.timeoutMs,
      },
      signal,
    );
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    // What this version cannot act on does not change by restarting: say so, and wait for another config.
    state.upstreamIs(false, error.code, error.message);
    logger.error({ reason: error.code }, error.message);
    await once(signal, 'abort');
  } finally {
    for (const fetcher of fetchers) fetcher.close();
    await kafka.close();
    await server.close();
  }
});
