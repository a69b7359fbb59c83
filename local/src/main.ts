/** `npm start`: Tributary on this machine. See `stack/options.ts` for what it can do. */
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HELP, parseStartOptions, UsageError, type StartOptions } from './stack/options.ts';
import { applyFeed, runFeedOnce, waitForReady } from './stack/run-feed.ts';
import { startStack, type Stack } from './stack/stack.ts';
import { problemsOf, summaryLine } from './stack/summary.ts';
import { Terminal } from './stack/terminal.ts';
import { claimWorkFolder } from './stack/work-folder.ts';
import { cacheRoot, ensureToolchain, renderProgress } from './toolchain/index.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const INTERRUPTED = 130;
/** Said before anything is built: who has a cluster need not wait for one. */
const OFFER = `First run: a Kubernetes control plane is built and Kafka and Spark are fetched, once: several minutes.
With a cluster of your own (and Strimzi in it) you need none of that: stop here and see "On a cluster" in README.md.
`;
/** Everything but what only tests need. */
const START_PARTS = [
  'control-plane',
  'python',
  'kubectl',
  'java',
  'kafka',
  'spark-jars',
  'strimzi-crds',
] as const;

const terminal = new Terminal(process.stdout);

async function start(options: StartOptions, signal: AbortSignal): Promise<number> {
  const folder = await claimWorkFolder(options.dir, { fresh: options.fresh });
  try {
    if (!existsSync(cacheRoot(process.env))) terminal.line(OFFER);
    const progress = renderProgress();
    const toolchain = await ensureToolchain(START_PARTS, { progress, signal }).finally(() =>
      progress.close(),
    );
    const stack = await startStack({
      root: ROOT,
      workDir: folder.path,
      toolchain,
      signal,
      step: (text) => terminal.step(text),
    });
    try {
      return await Promise.race([
        run(stack, options, folder.path, signal),
        stack.failure.then((error) => Promise.reject(error)),
      ]);
    } finally {
      terminal.step('stopping');
      await stack.stop();
    }
  } finally {
    await folder.release();
  }
}

async function run(
  stack: Stack,
  options: StartOptions,
  workDir: string,
  signal: AbortSignal,
): Promise<number> {
  const feed = await applyFeed(stack, ROOT, signal);
  let code = 0;
  if (options.once) {
    const outcome = await runFeedOnce(stack, feed, workDir, terminal, signal);
    sayWhere(stack, workDir);
    for (const problem of problemsOf(outcome)) {
      terminal.problem(problem);
      code = 1;
    }
    terminal.line(summaryLine(outcome, terminal.colours));
    if (!options.keep) return code;
  } else {
    await waitForReady(stack, feed, signal);
    terminal.step(`${feed.namespace}/${feed.name} is Ready`);
    sayWhere(stack, workDir);
  }
  terminal.line('Running until Ctrl-C.');
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  return code;
}

function sayWhere(stack: Stack, workDir: string): void {
  /** From here, where that is shorter to read. */
  const shown = (path: string): string => {
    const near = relative(process.cwd(), path) || '.';
    return near.startsWith('..') ? path : near;
  };
  terminal.line(
    [
      '',
      `  kubectl     export KUBECONFIG=${shown(stack.tools.kubeconfigPath)}; ${shown(stack.tools.kubectl)} get streamsources -A`,
      `  files       ${shown(stack.workspace.volumesDir)}`,
      `  report      ${reportOf(stack)}`,
      `  logs        ${shown(join(workDir, 'node'))}`,
      '',
    ].join('\n'),
  );
}

/** The newest report as a file, for a browser. */
function reportOf(stack: Stack): string {
  return stack.workspace.reports()[0]?.file ?? 'after the first run of the job';
}

/** What a person reads when it fails; the stack trace only where the fault is ours. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const known = 'code' in error;
  const causes: string[] = [];
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause)
    causes.push(`  because: ${cause.message}`);
  return [known ? error.message : (error.stack ?? error.message), ...causes].join('\n');
}

const abort = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    if (!abort.signal.aborted) abort.abort(new Error(`received ${name}`));
  });
}

try {
  const options = parseStartOptions(process.argv.slice(2), process.cwd());
  if (options === undefined) process.stdout.write(HELP);
  else process.exitCode = await start(options, abort.signal);
} catch (error) {
  if (abort.signal.aborted) process.exitCode = INTERRUPTED;
  else {
    terminal.problem(explain(error));
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}
