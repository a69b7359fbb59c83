/**
 * `npm test`: every suite, on real parts. `npm test -- producer consumer` runs some workspaces only,
 * `--path PATTERN` some files only; `npm run nightly` runs the long kill and simulation suites instead.
 */
import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureToolchain, partNames, renderProgress } from '../local/src/toolchain/index.ts';
import { buildBundles } from './bundles.ts';
import { runJest, runPytest, type SuiteResult } from './suites.ts';

/** Spark finds Java by its home folder. */
const javaHome = (java: string): string => dirname(dirname(realpathSync(java)));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    nightly: { type: 'boolean', default: false },
    path: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (values.help) {
  console.log(
    [
      'Usage: npm test [-- [workspace…] [--path PATTERN]]',
      '',
      '  workspace       api, strimzi-crds, databricks, kafka, runtime, operator, producer, consumer, cli, local, charts, bench, notebooks; default all',
      '  --path PATTERN  only test files whose path matches',
      '',
      'The first run fetches and builds what the tests need (several minutes) and caches it.',
    ].join('\n'),
  );
} else {
  const abort = new AbortController();
  process.once('SIGINT', () => abort.abort());
  const progress = renderProgress();
  const toolchain = await ensureToolchain(partNames, { progress, signal: abort.signal }).finally(() =>
    progress.close(),
  );
  await buildBundles();

  const jestProjects = positionals.filter((name) => name !== 'notebooks');
  const wantsNotebooks =
    !values.nightly &&
    values.path === undefined &&
    (positionals.length === 0 || positionals.includes('notebooks'));
  const wantsJest = positionals.length === 0 || jestProjects.length > 0;

  const suites: SuiteResult[] = [
    ...(wantsJest
      ? await runJest({
          nightly: values.nightly,
          projects: jestProjects,
          ...(values.path === undefined ? {} : { pattern: values.path }),
        })
      : []),
    ...(wantsNotebooks
      ? [
          await runPytest(toolchain.python, {
            JAVA_HOME: javaHome(toolchain.java),
            TRIBUTARY_SPARK_JARS: toolchain.sparkJars,
          }),
        ]
      : []),
  ];

  console.log('');
  for (const { suite, passed, failed, skipped, seconds } of suites) {
    console.log(
      `${suite.padEnd(14)} ${String(passed).padStart(4)} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}  (${seconds.toFixed(1)} s)`,
    );
  }
  const sum = (key: 'passed' | 'failed' | 'skipped'): number =>
    suites.reduce((total, suite) => total + suite[key], 0);
  const skipped = sum('skipped');
  console.log(
    `\n${sum('passed')} passed, ${sum('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
  );
  if (sum('failed') > 0 || sum('passed') === 0) process.exitCode = 1;
}
