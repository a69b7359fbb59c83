import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, type StepResult } from './run-step.ts';

/** Text that no tracked file may hold: it would work on one machine only. */
const FORBIDDEN: { pattern: RegExp; why: string }[] = [
  {
    pattern: /"resolved":\s*"https?:/,
    why: 'names a registry host; keep omit-lockfile-registry-resolved=true in .npmrc',
  },
  {
    pattern: /https?:\/\/[\w.-]*(maven|npmjs|pythonhosted|pypi|golang)[\w.-]*\/(?!POM|xsd)/,
    why: 'names the host of a registry; each machine has its own',
  },
  { pattern: /(?<![\w.])\/(work|root|home\/\w+)\/[\w.]/, why: 'is a path of one machine' },
];
const LARGEST_BYTES = 600 * 1024;

/** Looks through every tracked text file. */
export async function checkCommittedText(): Promise<StepResult> {
  const started = performance.now();
  const problems: string[] = [];
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' })
    .split('\0')
    .filter(Boolean);
  for (const file of files) {
    if (file === 'scripts/committed-text.ts') continue;
    const bytes = readFileSync(join(ROOT, file));
    if (bytes.byteLength > LARGEST_BYTES && file !== 'package-lock.json')
      problems.push(`${file}: larger than ${LARGEST_BYTES} bytes; build or download it instead`);
    const lines = bytes.toString('utf8').split('\n');
    for (const { pattern, why } of FORBIDDEN) {
      const at = lines.findIndex((line) => pattern.test(line));
      if (at >= 0) problems.push(`${file}:${at + 1}: ${why}`);
    }
  }
  for (const problem of problems) console.error(problem);
  return {
    name: 'committed text',
    ok: problems.length === 0,
    seconds: (performance.now() - started) / 1_000,
  };
}
