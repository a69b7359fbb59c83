import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { ensureToolchain } from '../toolchain/index.ts';
import { startDatabricks } from './index.ts';

const run = promisify(execFile);

it.each(['OAuth', 'a personal access token'])(
  "satisfies Databricks' own SDK, logged in by %s",
  async (login) => {
    const { python, java } = await ensureToolchain(['python', 'java']);
    const workDir = await mkdtemp(join(tmpdir(), 'databricks-sdk-'));
    const standIn = await startDatabricks({ workDir, python, java, signal: new AbortController().signal });
    try {
      const credentials =
        login === 'OAuth'
          ? { DATABRICKS_CLIENT_ID: standIn.clientId, DATABRICKS_CLIENT_SECRET: standIn.clientSecret }
          : { DATABRICKS_TOKEN: standIn.token };
      const { stdout } = await run(python, [join(import.meta.dirname, 'sdk_contract.py')], {
        env: { PATH: process.env['PATH'], HOME: workDir, DATABRICKS_HOST: standIn.url, ...credentials },
      });
      expect(stdout.trim()).toBe('ok');
    } finally {
      await standIn.stop();
      await rm(workDir, { recursive: true, force: true });
    }
  },
  180_000,
);
