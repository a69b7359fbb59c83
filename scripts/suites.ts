import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, runStep } from './run-step.ts';

/** What one suite came to. */
export interface SuiteResult {
  suite: string;
  passed: number;
  failed: number;
  skipped: number;
  seconds: number;
}

interface JestReport {
  testResults: {
    name: string;
    status: string;
    startTime: number;
    endTime: number;
    assertionResults: { status: string }[];
  }[];
}

/** Runs jest over `projects` (all when empty) and counts by workspace. A file that cannot even be loaded counts as one failure. */
export async function runJest({
  nightly,
  projects,
  pattern,
}: {
  nightly: boolean;
  projects: string[];
  pattern?: string;
}): Promise<SuiteResult[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-test-'));
  const outputFile = join(folder, 'jest.json');
  try {
    await runStep(
      'jest',
      process.execPath,
      [
        '--experimental-vm-modules',
        '--no-warnings=ExperimentalWarning',
        join(ROOT, 'node_modules/jest/bin/jest.js'),
        '--json',
        `--outputFile=${outputFile}`,
        '--maxWorkers=2',
        ...(projects.length > 0 ? ['--selectProjects', ...projects] : []),
        ...(pattern === undefined ? [] : ['--testPathPatterns', pattern]),
      ],
      nightly ? { TRIBUTARY_NIGHTLY: '1' } : {},
    );
    return countByWorkspace(JSON.parse(await readFile(outputFile, 'utf8')) as JestReport);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function countByWorkspace(report: JestReport): SuiteResult[] {
  const suites = new Map<string, SuiteResult>();
  for (const file of report.testResults) {
    const suite = file.name.slice(ROOT.length).split('/')[0] ?? 'unknown';
    const result = suites.get(suite) ?? { suite, passed: 0, failed: 0, skipped: 0, seconds: 0 };
    for (const { status } of file.assertionResults) {
      if (status === 'passed') result.passed += 1;
      else if (status === 'failed') result.failed += 1;
      else result.skipped += 1;
    }
    if (file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'))
      result.failed += 1;
    result.seconds += (file.endTime - file.startTime) / 1_000;
    suites.set(suite, result);
  }
  return [...suites.values()];
}

/** The notebooks, and what runs them outside Databricks. */
const PYTEST_FOLDERS = ['notebooks', 'local/src/databricks/notebook_runner'];

/** Runs their tests on real Spark in the cached Python environment. */
export async function runPytest(python: string, env: NodeJS.ProcessEnv): Promise<SuiteResult> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-test-'));
  const report = join(folder, 'pytest.xml');
  try {
    const { ok, seconds } = await runStep(
      'pytest',
      python,
      ['-m', 'pytest', '-c', 'notebooks/pyproject.toml', `--junitxml=${report}`, ...PYTEST_FOLDERS],
      env,
    );
    const xml = await readFile(report, 'utf8').catch(() => '');
    const count = (name: string): number =>
      Number(new RegExp(`<testsuite [^>]*\\b${name}="(\\d+)"`).exec(xml)?.[1] ?? 0);
    const failed = count('failures') + count('errors');
    const skipped = count('skipped');
    return {
      suite: 'notebooks',
      passed: count('tests') - failed - skipped,
      // One that did not come to its end has failed, whatever it had counted.
      failed: !ok && failed === 0 ? 1 : failed,
      skipped,
      seconds,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
