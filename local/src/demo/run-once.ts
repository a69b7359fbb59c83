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

/** Waits until every feed is Ready, or `refused` has been told why it is not. */
export async function waitForReady(run: DemoRun, refused: (error: FeedNotDoneError) => void): Promise<void> {
  const readiness = new Readiness(run, refused);
  await watchFeeds(new FeedViews(run.stack), run.terminal, (views) => readiness.look(views), run.signal);
}

/** Tells of each feed when it is Ready. */
class Readiness {
  readonly #run: DemoRun;
  readonly #refused: (error: FeedNotDoneError) => void;
  readonly #waiting: Map<string, FeedRef>;
  readonly #deadline = performance.now() + READY_WITHIN_MS;

  constructor(run: DemoRun, refused: (error: FeedNotDoneError) => void) {
    this.#run = run;
    this.#refused = refused;
    this.#waiting = new Map(run.feeds.map((feed) => [keyOf(feed), feed]));
  }

  /** True once all are, or have been refused: one that is stalled, or takes too long. */
  look(views: readonly FeedView[]): boolean {
    for (const [key, feed] of this.#waiting) {
      const view = viewOf(feed, views);
      if (view?.stalled === true) this.#refuse(key, `is stalled: ${view.trouble}`);
      else if (view?.ready === true || view?.suspended === true) {
        this.#run.terminal.step(`${key} is ${view.suspended ? 'suspended' : 'Ready'}`);
        this.#waiting.delete(key);
      } else if (performance.now() > this.#deadline)
        this.#refuse(
          key,
          `is not Ready: ${view?.trouble || 'the operator has not looked at it; see its log'}`,
        );
    }
    return this.#waiting.size === 0;
  }

  #refuse(key: string, why: string): void {
    this.#waiting.delete(key);
    this.#refused(new FeedNotDoneError(`${key} ${why}`));
  }
}

/**
 * The whole life of the feeds: ready, all their data through while pods are killed, audited, analysed. Returns how each
 * ended. A feed on a real API has no end: it is waited for only until it is Ready.
 */
export async function runOnce(run: DemoRun): Promise<FeedOutcome[]> {
  const views = await waitForData(run);
  const replayed = run.feeds.filter(({ api }) => api !== undefined);
  const audits: string[] = [];
  for (const feed of replayed) audits.push(await auditFeed(run, feed));
  const outcomes: FeedOutcome[] = [];
  // One after the other: each is a Spark of its own.
  for (const [index, feed] of replayed.entries()) {
    const view = viewOf(feed, views);
    if (view === undefined) throw new FeedNotDoneError(`${keyOf(feed)} is gone`);
    outcomes.push({
      feed: feedName(feed.namespace, feed.name),
      expected: feed.api?.progress().shown ?? 0,
      published: view.published,
      landed: view.landed,
      uploaded: view.uploaded,
      audited: audits[index] ?? 'not audited',
      ...(await analyseFeed(run, feed, view)),
    });
  }
  return outcomes;
}

/** Waits until everything that the replayed APIs will ever show is in the volume, and kills pods meanwhile. */
async function waitForData(run: DemoRun): Promise<readonly FeedView[]> {
  const { stack, terminal, signal } = run;
  const readiness = new Readiness(run, (error) => {
    throw error;
  });
  const disturber = new Disturber(stack.tools, DISTURBANCES, (text) => terminal.step(text));
  const arrival = new Arrival(run);
  const look = async (views: readonly FeedView[]): Promise<boolean> => {
    const ready = readiness.look(views);
    await disturber.look(views, signal);
    return arrival.look(views) && ready;
  };
  return await watchFeeds(new FeedViews(stack), terminal, look, signal);
}

/** Tells of each replayed feed when all that its API showed is in the volume. */
class Arrival {
  readonly #run: DemoRun;
  readonly #complete = new Set<string>();
  readonly #last = new Map<string, { uploaded: number; at: number }>();
  #anyFileSeen = false;

  constructor(run: DemoRun) {
    this.#run = run;
  }

  /** True once all have arrived. Throws when one stands still. */
  look(views: readonly FeedView[]): boolean {
    const { feeds, terminal } = this.#run;
    if (!this.#anyFileSeen && views.some(({ uploaded }) => uploaded > 0)) {
      this.#anyFileSeen = true;
      terminal.step('the first CSV is in the volume');
    }
    for (const feed of feeds) {
      const view = viewOf(feed, views);
      const key = keyOf(feed);
      if (feed.api === undefined || view === undefined || this.#complete.has(key)) continue;
      const { shown, complete } = feed.api.progress();
      if (complete && view.uploaded >= shown) {
        this.#complete.add(key);
        terminal.step(`${key}: all ${view.uploaded} records are in the volume`);
      } else this.#refuseStandstill(view, shown);
    }
    return feeds.every((feed) => feed.api === undefined || this.#complete.has(keyOf(feed)));
  }

  #refuseStandstill(view: FeedView, shown: number): void {
    const key = keyOf(view);
    const last = this.#last.get(key);
    if (last === undefined || last.uploaded !== view.uploaded)
      this.#last.set(key, { uploaded: view.uploaded, at: performance.now() });
    else if (performance.now() - last.at > DATA_WITHIN_MS)
      throw new FeedNotDoneError(
        `${key} stands still: of ${shown} records shown ${view.published} are published, ${view.landed} landed, ` +
          `${view.uploaded} uploaded: ${whyNotMore(view)}`,
      );
  }
}

function whyNotMore({ suspended, trouble }: FeedView): string {
  if (suspended) return 'it is suspended; patch spec.suspend to false';
  return trouble || 'no pod reports a trouble; see kubectl logs';
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
  terminal.step(`${keyOf(feed)}: ${result === 'ok' ? 'the audit is clean' : 'the audit found something'}`);
  if (result !== 'ok') terminal.line(output);
  return result;
}
