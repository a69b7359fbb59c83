import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** The API of the bench, once it listens. */
export async function startApi(pages: number): Promise<{ url: string; stop: () => void }> {
  const child = spawn(
    process.execPath,
    ['--no-warnings', join(import.meta.dirname, 'api.ts'), String(pages)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const port = /listening on (\d+)/.exec(line.toString())?.[1];
  if (port === undefined) throw new Error(`the API of the bench did not start: ${line.toString()}`);
  return { url: `http://127.0.0.1:${port}/events`, stop: () => void child.kill() };
}
