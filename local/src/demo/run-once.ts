import { join } from 'node:path';
import { feedName } from '@tributary/api';
import { bundlePath } from '../../../scripts/bundles.ts';
import type { Stack } from '../stack/stack.ts';
import type { Terminal } from '../stack/terminal.ts';
import { runAudit } from './audit-run.ts';
import type { AppliedFeed } from './demo-feed.ts';
import { DISTURBANCES, Disturber } from './disturbance.ts';
import { FeedViews, keyOf, viewOf, type FeedRef, type FeedView } from './feed-view.ts';
import { analyseFeed } from './analyse-feed.ts';
import type { FeedOutcome } from './summary.ts';
import { watchFeeds } from './watch-feeds.ts';

/** The run did not get there; the message says what the feed itself says. */
export class FeedNotDoneError extends Error {
  override readonly name = 'FeedNotDoneError';
  readonly code = 'FeedNotDone';
}

export interface DemoRun {
  stack: Stack;
  workDir: string;
  feeds: readonly AppliedFeed[];
  terminal: Terminal;
  signal: AbortSignal;
}

const READY_WITHIN_MS = 120_000;
/** Without a record more in the volume for so long, a feed is given up. */
const DATA_WITHIN_MS = 120_000;

/** Waits until every feed is Ready. */
export async function waitForReady({ stack, feeds, terminal, signal }: DemoRun): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS;
  const waiting = new Map(feeds.map((feed) => [keyOf(feed), feed]));
  await watchFeeds(
    new FeedViews(stack.kube),
    terminal,
    (views) => {
      for (const [key, feed] of waiting) {
        const view = viewOf(feed, views);
        if (view?.stalled === true) throw new FeedNotDoneError(`${key} is stalled: ${view.trouble}`);
        if (view?.ready === true) {
          terminal.step(`${key} is Ready`);
          waiting.delete(key);
        } else if (performance.now() > deadline)
          throw new FeedNotDoneError(
            `${key} is not Ready: ${view?.trouble || 'the operator has not looked at it; see its log'}`,
          );
      }
      return waiting.size === 0;
    },
    signal,
  );
}

/**
 * The whole life of the feeds: ready, all their data through while pods are killed, audited, analysed. Returns how each
 * ended. A feed on a real API has no end: of it only what arrived is told.
 */
export async function runOnce(run: DemoRun): Promise<FeedOutcome[]> {
  const { terminal } = run;
  await waitForReady(run);
  const views = await waitForData(run);
  const ended = run.feeds.filter(({ api }) => api !== undefined);
  const outcomes: FeedOutcome[] = [];
  for (const feed of ended) {
    const view = viewOf(feed, views);
    if (view === undefined) throw new FeedNotDoneError(`${keyOf(feed)} is gone`);
    const audited = await auditFeed(run, feed);
    terminal.step(`${keyOf(feed)}: ${audited === 'ok' ? 'the audit is clean' : 'the audit found something'}`);
    outcomes.push({
      feed: feedName(feed.namespace, feed.name),
      expected: feed.api?.progress().shown ?? 0,
      published: view.published,
      landed: view.landed,
      uploaded: view.uploaded,
      audited,
      analysed: '',
      findings: [],
    });
  }
  // One after the other: each is a Spark of its own.
  for (const [index, feed] of ended.entries()) {
    const outcome = outcomes[index];
    if (outcome !== undefined) Object.assign(outcome, await analyseFeed(run, feed, viewOf(feed, views)));
  }
  return outcomes;
}

/** Waits until everything that the replayed APIs will ever show is in the volume, and kills pods meanwhile. */
async function waitForData({ stack, feeds, terminal, signal }: DemoRun): Promise<readonly FeedView[]> {
  const disturber = new Disturber(stack.tools, DISTURBANCES, (text) => terminal.step(text));
  const arrivals = new Map<string, { uploaded: number; at: number }>();
  const complete = new Set<string>();
  let firstFileSeen = false;
  const look = async (views: readonly FeedView[]): Promise<boolean> => {
    if (!firstFileSeen && views.some(({ uploaded }) => uploaded > 0)) {
      firstFileSeen = true;
      terminal.step('the first CSV is in the volume');
    }
    await disturber.look(views, signal);
    for (const feed of feeds) {
      const view = viewOf(feed, views);
      const key = keyOf(feed);
      if (feed.api === undefined || view === undefined || complete.has(key)) continue;
      const { shown, complete: ended } = feed.api.progress();
      if (ended && view.uploaded >= shown) {
        complete.add(key);
        terminal.step(`${key}: all ${view.uploaded} records are in the volume`);
      } else refuseStandstill(view, shown, arrivals);
    }
    return feeds.every((feed) => feed.api === undefined || complete.has(keyOf(feed)));
  };
  return await watchFeeds(new FeedViews(stack.kube), terminal, look, signal);
}

function refuseStandstill(
  view: FeedView,
  shown: number,
  arrivals: Map<string, { uploaded: number; at: number }>,
): void {
  const key = keyOf(view);
  const last = arrivals.get(key);
  if (last === undefined || last.uploaded !== view.uploaded)
    arrivals.set(key, { uploaded: view.uploaded, at: performance.now() });
  else if (performance.now() - last.at > DATA_WITHIN_MS)
    throw new FeedNotDoneError(
      `${key} stands still: of ${shown} records shown ${view.published} are published, ${view.landed} landed, ` +
        `${view.uploaded} uploaded: ${view.trouble || 'no pod reports a trouble; see kubectl logs'}`,
    );
}

async function auditFeed({ stack, workDir, terminal, signal }: DemoRun, feed: FeedRef): Promise<string> {
  const { result, output } = await runAudit(
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
  if (result !== 'ok') terminal.line(output);
  return result;
}
