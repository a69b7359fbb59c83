import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, type StepResult } from './run-step.ts';

/** Where reasons are declared as members of a type or a list; the others are read from where they are used. */
const DECLARED: readonly { file: string; type: string }[] = [
  { file: 'api/src/upstream-reason.ts', type: 'UPSTREAM_REASONS' },
  { file: 'kafka/src/errors.ts', type: 'KafkaErrorCode' },
  { file: 'consumer/src/errors.ts', type: 'ConsumerErrorCode' },
  { file: 'consumer/src/landing/volume-health.ts', type: 'VolumeReason' },
];
const THROWN = /\b(?:StallError|WaitError)\(\s*'(\w+)'/g;
/** The third argument, which may choose between two. */
const SET = /\bdraft\.set\(\s*[^,]+,\s*[^,]+,\s*([^,]+),/g;
const OUTCOME = /\bkind: '(?:ready|waiting|stalled|retrying)',\s*reason: '(\w+)'/g;
/** No trouble, so nothing to explain. */
const UNREMARKABLE = new Set([
  ...['Reachable', 'NotTriedYet', 'Available', 'TopicsReady', 'UsersReady'],
  ...['Supported', 'WithinLimits', 'FilesLanded', 'Proven', 'LoginWorks', 'NoLogin'],
]);

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** Each reason that a user can meet is explained in docs/reasons.md or docs/polling.md. */
export async function checkDocumentedReasons(): Promise<StepResult> {
  const started = performance.now();
  const docs = read('docs/reasons.md') + read('docs/polling.md');
  const missing = [...reasons()].filter(
    (reason) => !UNREMARKABLE.has(reason) && !docs.includes(`\`${reason}\``),
  );
  for (const reason of missing) console.error(`docs/reasons.md does not explain ${reason}`);
  return {
    name: 'reasons are documented',
    ok: missing.length === 0,
    seconds: (performance.now() - started) / 1_000,
  };
}

function reasons(): Set<string> {
  const found = new Set<string>();
  for (const { file, type } of DECLARED) {
    const [, members] = new RegExp(`export (?:type|const) ${type} =([^;]*);`).exec(read(file)) ?? [];
    if (members === undefined) throw new Error(`${file} declares no type ${type}`);
    for (const [, reason = ''] of members.matchAll(/'(\w+)'/g)) found.add(reason);
  }
  for (const file of globSync('operator/src/**/*.ts', { cwd: ROOT })) {
    if (file.endsWith('.test.ts')) continue;
    const text = read(file);
    for (const [, reason = ''] of [...text.matchAll(THROWN), ...text.matchAll(OUTCOME)]) found.add(reason);
    for (const [, argument = ''] of text.matchAll(SET))
      for (const [, reason = ''] of argument.matchAll(/'(\w+)'/g)) found.add(reason);
  }
  return found;
}
