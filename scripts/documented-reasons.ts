import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, type StepResult } from './run-step.ts';

/** Where reasons are declared: the members of a type, or the first argument of an error. */
const DECLARED: readonly { file: string; type: string }[] = [
  { file: 'producer/src/fetch/upstream-error.ts', type: 'UpstreamReason' },
  { file: 'kafka/src/errors.ts', type: 'KafkaErrorCode' },
  { file: 'consumer/src/errors.ts', type: 'ConsumerErrorCode' },
  { file: 'consumer/src/landing/volume-health.ts', type: 'VolumeReason' },
];
const THROWN = /\b(?:StallError|WaitError)\(\s*'(\w+)'/g;
/** No trouble, so nothing to explain. */
const UNREMARKABLE = new Set(['Reachable', 'NotTriedYet', 'NotYetSupported']);

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
    const [, members] = new RegExp(`export type ${type} =([^;]*);`).exec(read(file)) ?? [];
    if (members === undefined) throw new Error(`${file} declares no type ${type}`);
    for (const [, reason = ''] of members.matchAll(/'(\w+)'/g)) found.add(reason);
  }
  for (const file of globSync('operator/src/**/*.ts', { cwd: ROOT }))
    if (!file.endsWith('.test.ts'))
      for (const [, reason = ''] of read(file).matchAll(THROWN)) found.add(reason);
  return found;
}
