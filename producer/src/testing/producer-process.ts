import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { producerStatus, type ProducerStatus } from '@tributary/api';
import { freePort } from '@tributary/local/testing';
import type { FeedUnderTest } from './feed-under-test.ts';

/** The producer as a pod runs it: a process of its own that knows only its environment. */
export interface ProducerProcess {
  output: string[];
  exited: Promise<number | null>;
  kill(signal: NodeJS.Signals): Promise<number | null>;
  get(path: string): Promise<{ status: number; body: string }>;
  status(): Promise<ProducerStatus>;
}

/** `killAt` is a step and how often it is to be reached, as in `appended:3`: there the process ends by itself. */
export async function startProducer(feed: FeedUnderTest, killAt?: string): Promise<ProducerProcess> {
  const port = await freePort();
  const preload = killAt === undefined ? [] : ['--import', join(import.meta.dirname, 'kill-at.ts')];
  const child: ChildProcess = spawn(
    process.execPath,
    ['--no-warnings', ...preload, join(import.meta.dirname, '..', 'main.ts')],
    {
      // Nothing of ours but the path: a pod inherits nothing either.
      env: {
        PATH: process.env['PATH'],
        ...feed.environment,
        TRIBUTARY_PORT: String(port),
        ...(killAt === undefined ? {} : { TRIBUTARY_KILL_AT: killAt }),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const output: string[] = [];
  child.stdout?.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => resolve(code));
  });
  const get = async (path: string): Promise<{ status: number; body: string }> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(5_000) });
    return { status: response.status, body: await response.text() };
  };
  return {
    output,
    exited,
    kill: (signal) => {
      child.kill(signal);
      return exited;
    },
    get,
    status: async () => producerStatus.parse(JSON.parse((await get('/status')).body)),
  };
}
