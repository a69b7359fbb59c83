import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

export interface StepResult {
  name: string;
  ok: boolean;
  seconds: number;
}

/** Runs one command of the project with its output shown, and says how it ended and how long it took. */
export async function runStep(
  name: string,
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv = {},
): Promise<StepResult> {
  const started = performance.now();
  const code = await new Promise<number>((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...env } });
    child.once('error', reject);
    child.once('exit', (exitCode) => resolve(exitCode ?? 1));
  });
  return { name, ok: code === 0, seconds: (performance.now() - started) / 1_000 };
}

/** Runs every step even when one fails, prints one line for each, and sets the exit code. */
export async function runSteps(steps: (() => Promise<StepResult>)[]): Promise<void> {
  const results: StepResult[] = [];
  for (const step of steps) results.push(await step());
  for (const { name, ok, seconds } of results)
    console.log(`${ok ? 'ok    ' : 'FAILED'}  ${name}  ${seconds.toFixed(1)} s`);
  if (results.some(({ ok }) => !ok)) process.exitCode = 1;
}
