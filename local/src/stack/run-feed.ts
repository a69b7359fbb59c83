import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { feedName, type StreamSourceStatus } from '@tributary/api';
import { StreamSourceResource, type CustomObject } from '@tributary/operator/kube';
import { bundlePath } from '../../../scripts/bundles.ts';
import { runAudit } from './audit-run.ts';
import { readFeedFigures, type FeedFigures } from './feed-figures.ts';
import { runJob } from './job-run.ts';
import { applyObjects } from './kubectl.ts';
import type { SampleFeed } from './sample-feed.ts';
import { sampleFeed } from './sample-feed.ts';
import type { Stack } from './stack.ts';
import type { FeedOutcome } from './summary.ts';
import type { Terminal } from './terminal.ts';

/** The run did not get there; the message says what the feed itself says. */
export class FeedNotDoneError extends Error {
  override readonly name = 'FeedNotDoneError';
  readonly code = 'FeedNotDone';
}

const READY_WITHIN_MS = 120_000;
const DATA_WITHIN_MS = 240_000;
const LOOK_EVERY_MS = 500;

/** Applies the sample as a user would. */
export async function applyFeed(stack: Stack, root: string, signal: AbortSignal): Promise<SampleFeed> {
  const feed = await sampleFeed(root, {
    baseUrl: stack.replay.url,
    apiKey: stack.replayKey,
    databricks: {
      host: stack.workspace.url,
      clientId: stack.workspace.clientId,
      clientSecret: stack.workspace.clientSecret,
    },
    every: '1s',
  });
  await applyObjects(stack.tools, feed.objects, signal);
  return feed;
}

/** Waits until the operator says Ready. */
export async function waitForReady(stack: Stack, feed: SampleFeed, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const status = await readStatus(stack, feed, signal);
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    if (ready?.status === 'True') return;
    const stalled = status?.conditions?.find(
      ({ type, status: value }) => type === 'Stalled' && value === 'True',
    );
    if (stalled !== undefined)
      throw new FeedNotDoneError(`${feed.namespace}/${feed.name} is stalled: ${stalled.message}`);
    if (Date.now() > deadline)
      throw new FeedNotDoneError(
        `${feed.namespace}/${feed.name} is not Ready: ${ready?.message ?? 'the operator has not looked at it; see its log'}`,
      );
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}

/** Waits until everything that the API will ever show is in the volume, telling how far it is. */
export async function waitForData(
  stack: Stack,
  feed: SampleFeed,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<FeedFigures> {
  const deadline = Date.now() + DATA_WITHIN_MS;
  let firstFileSeen = false;
  for (;;) {
    const figures = await readFeedFigures(stack.kube, feed.namespace, feed.name, signal);
    const { visible, total } = stack.replay.progress();
    if (!firstFileSeen && figures.uploaded > 0) {
      firstFileSeen = true;
      terminal.step('the first CSV is in the volume');
    }
    if (visible === total && figures.uploaded >= total) return figures;
    if (Date.now() > deadline) {
      const why = figures.troubles.join('; ') || 'no pod reports a trouble; see kubectl logs';
      throw new FeedNotDoneError(
        `of ${total} records ${figures.published} are published, ${figures.landed} landed, ${figures.uploaded} uploaded: ${why}`,
      );
    }
    terminal.redraw(
      `shown ${visible}/${total}  published ${figures.published}  landed ${figures.landed}  uploaded ${figures.uploaded}  ${figures.troubles.join('; ')}`,
    );
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}

/** The whole life of the feed: ready, all its data through, audited, analysed. */
export async function runFeedOnce(
  stack: Stack,
  feed: SampleFeed,
  workDir: string,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<FeedOutcome> {
  await waitForReady(stack, feed, signal);
  terminal.step(`${feed.namespace}/${feed.name} is Ready`);
  const figures = await waitForData(stack, feed, terminal, signal);
  terminal.step(`all ${figures.uploaded} records are in the volume`);

  const audit = await runAudit(
    bundlePath('cli'),
    join(workDir, 'audit'),
    stack.kube,
    {
      feed: feedName(feed.namespace, feed.name),
      namespace: feed.namespace,
      configMap: `${feed.name}-consumer`,
      kafkaSecret: `${feed.name}-consumer`,
      databricksSecret: 'databricks',
    },
    signal,
  );
  terminal.step(audit.result === 'ok' ? 'the audit is clean' : 'the audit found something');
  if (audit.result !== 'ok') terminal.line(audit.output);

  const status = await readStatus(stack, feed, signal);
  const jobId = Number(status?.job?.id);
  const run =
    Number.isInteger(jobId) && jobId > 0
      ? await runJob(stack.databricks, jobId, signal)
      : { result: 'the feed has no job in Databricks', url: '' };
  if (run.result === 'ok') terminal.step(`the notebooks ran: ${run.url}`);
  return {
    feed: feedName(feed.namespace, feed.name),
    expected: stack.replay.progress().total,
    published: figures.published,
    landed: figures.landed,
    uploaded: figures.uploaded,
    audited: audit.result,
    analysed: run.result,
  };
}

async function readStatus(
  stack: Stack,
  feed: SampleFeed,
  signal: AbortSignal,
): Promise<StreamSourceStatus | undefined> {
  const object = await stack.kube.get<CustomObject>(StreamSourceResource, feed.name, feed.namespace, signal);
  return object?.['status'] as StreamSourceStatus | undefined;
}
