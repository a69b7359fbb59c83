/** `npm start`: Tributary on this machine. See `stack/options.ts` for what it can do. */
import { constants } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BacklogAnalyses } from './demo/analyse-feed.ts';
import { FeedViews, type FeedView } from './demo/feed-view.ts';
import { runOnce, waitForReady, type DemoRun } from './demo/run-once.ts';
import { startDemo } from './demo/start-demo.ts';
import { problemsOf, summaryLine } from './demo/summary.ts';
import { watchFeeds } from './demo/watch-feeds.ts';
import { HELP, parseStartOptions, UsageError, type StartOptions } from './stack/options.ts';
import { preflight } from './stack/preflight.ts';
import { installTributary, STACK_PARTS, startStack, type Stack } from './stack/stack.ts';
import { Terminal } from './stack/terminal.ts';
import { claimWorkFolder } from './stack/work-folder.ts';
import { cacheRoot, ensureToolchain, isCached, renderProgress, type PartName } from './toolchain/index.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PARTS = [...STACK_PARTS, 'flights'] as const satisfies readonly PartName[];
/** Said before anything is built: who has a cluster need not wait for one. */
const OFFER = `First run: a Kubernetes control plane is built and Kafka and Spark are fetched, once: several minutes.
With a cluster of your own (and Strimzi in it) you need none of that: stop here and see "On a cluster" in README.md.
`;
/** In which the live part of each data set passes: quickly where a run is to end, else at leisure. */
const LIVE_MS = { once: 20_000, watched: 10 * 60_000 } as const;

const alphaVantageKey = process.env['ALPHAVANTAGE_API_KEY'] || undefined;
const terminal = new Terminal(process.stdout);

async function start(options: StartOptions, signal: AbortSignal): Promise<number> {
  const cached = isCached(PARTS);
  await preflight({ workDir: options.dir, cacheDir: cacheRoot(), cached });
  const folder = await claimWorkFolder(options.dir, { fresh: options.fresh });
  try {
    if (!cached) terminal.line(OFFER);
    const progress = renderProgress();
    const toolchain = await ensureToolchain(PARTS, { progress, signal }).finally(() => progress.close());
    const stack = await startStack({
      root: ROOT,
      workDir: folder.path,
      toolchain,
      signal,
      step: (text) => terminal.step(text),
    });
    const ended = new AbortController();
    void stack.failure.then((error) => ended.abort(error));
    try {
      return await run(
        stack,
        options,
        folder.path,
        toolchain.flights,
        AbortSignal.any([signal, ended.signal]),
      );
    } catch (error) {
      // What the run says of a part that died is only that it does not answer.
      throw ended.signal.aborted && !signal.aborted ? ended.signal.reason : error;
    } finally {
      terminal.step(signal.aborted ? 'stopping; Ctrl-C again ends everything at once' : 'stopping');
      // Told here: thrown, it would hide why the run failed.
      await stack.stop().catch((error: unknown) => terminal.problem(explain(error)));
    }
  } finally {
    await folder.release();
  }
}

async function run(
  stack: Stack,
  options: StartOptions,
  workDir: string,
  flights: string,
  signal: AbortSignal,
): Promise<number> {
  await installTributary(stack, { root: ROOT, signal, step: (text) => terminal.step(text) });
  const demo = await startDemo(
    stack,
    {
      root: ROOT,
      workDir,
      flights,
      names: options.feeds,
      liveMs: options.once ? LIVE_MS.once : LIVE_MS.watched,
      alphaVantageKey,
    },
    signal,
  );
  try {
    for (const about of demo.about) terminal.line(`          ${about}`);
    const context = { stack, workDir, feeds: demo.feeds, terminal, signal };
    return await (options.once ? toTheEnd(context, options) : untilStopped(context, options));
  } finally {
    await demo.stop();
  }
}

/** Runs the feeds to the end of their data and says how they ended. */
async function toTheEnd(run: DemoRun, options: StartOptions): Promise<number> {
  const outcomes = await runOnce(run);
  sayWhere(run);
  const findings = outcomes.flatMap((outcome) => outcome.findings);
  if (findings.length > 0)
    terminal.line(['What the reports found', ...findings.map((text) => `  – ${text}`), ''].join('\n'));
  const problems = outcomes.flatMap(problemsOf);
  for (const problem of problems) terminal.problem(problem);
  for (const outcome of outcomes) terminal.line(summaryLine(outcome, terminal.colour));
  if (options.keep)
    await untilStopped(run, options).catch((error: unknown) => {
      // Ctrl-C ends the keeping; how the run went is still the answer.
      if (!run.signal.aborted) throw error;
    });
  return problems.length > 0 ? 1 : 0;
}

/** Shows the feeds, and what a person could try, until Ctrl-C. */
async function untilStopped(run: DemoRun, options: StartOptions): Promise<number> {
  await waitForReady(run, (error) => terminal.problem(error.message));
  sayWhere(run);
  terminal.line(WHAT_TO_TRY);
  const analyses = new BacklogAnalyses(run, options.once ? [] : run.feeds);
  const look = (views: readonly FeedView[]): boolean => {
    analyses.look(views);
    return false;
  };
  await watchFeeds(new FeedViews(run.stack), terminal, look, run.signal);
  return 0;
}

const WHAT_TO_TRY = `Things to try in another terminal, after the export:
  kubectl get streamsources -A                              what the operator says of each feed
  kubectl describe streamsource sp500-daily -n markets      conditions and events
  kubectl delete pod -l tributary.dev/feed=weather -n air   nothing is lost
  kubectl patch streamsource earthquakes -n earth --type merge -p '{"spec":{"suspend":true}}'
  kubectl apply -f my-feed/feed.yaml                        a feed of your own; README.md has one
Running until Ctrl-C.`;

function sayWhere({ stack, workDir }: DemoRun): void {
  /** From here, where that is shorter to read. */
  const shown = (path: string): string => {
    const near = relative(process.cwd(), path) || '.';
    return near.startsWith('..') ? path : near;
  };
  const reports = stack.workspace.reports().map(({ file }) => file);
  terminal.line(
    [
      '',
      `  kubectl     export KUBECONFIG='${stack.tools.kubeconfigPath}' PATH=${dirname(stack.tools.kubectl)}:$PATH`,
      `  files       ${shown(stack.workspace.volumesDir)}`,
      `  workspace   ${stack.workspace.url}`,
      ...reports.map((file, index) => `  ${index === 0 ? 'reports' : '       '}     ${shown(file)}`),
      `  logs        ${shown(join(workDir, 'node'))}`,
      '',
    ].join('\n'),
  );
}

/** What a person reads when it fails; the stack trace only where the fault is ours. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const known = 'code' in error;
  return [known ? error.message : (error.stack ?? error.message), ...becauses(error)].join('\n');
}

function becauses(error: Error): string[] {
  const under = error instanceof AggregateError ? error.errors : [error.cause];
  return under.flatMap((cause: unknown) =>
    cause instanceof Error ? [`  because: ${cause.message}`, ...becauses(cause)] : [],
  );
}

const abort = new AbortController();
/** What the shell is told of a signal. */
let interrupted = 128 + constants.signals.SIGINT;
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    // What is still running ends with this process.
    if (abort.signal.aborted) process.exit(interrupted);
    interrupted = 128 + constants.signals[name];
    abort.abort(new Error(`received ${name}`));
  });
}
// Nobody reads any more: a closed terminal, or a pipe's other end.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', () => abort.abort(new Error('the output was closed')));

try {
  const options = parseStartOptions(
    process.argv.slice(2),
    process.env['INIT_CWD'] ?? process.cwd(),
    alphaVantageKey !== undefined,
  );
  if (options === undefined) process.stdout.write(HELP);
  else process.exitCode = await start(options, abort.signal);
} catch (error) {
  if (abort.signal.aborted) process.exitCode = interrupted;
  else {
    terminal.problem(explain(error));
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}
