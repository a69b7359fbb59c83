import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../processes/free-port.ts';
import { waitUntil } from '../processes/wait-until.ts';
import { ensureToolchain } from '../toolchain/index.ts';

export interface Minilake {
  readonly url: string;
  /** Of a SQL warehouse, which is DuckDB. */
  readonly warehouseId: string;
  stop(): Promise<void>;
}

/** A stand-in for a workspace that others wrote, with the catalog `lab`; for tests that ours is not the only judge of. */
export async function startMinilake(): Promise<Minilake> {
  const { minilakePython } = await ensureToolchain(['minilake']);
  const workDir = await mkdtemp(join(tmpdir(), 'minilake-'));
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const server = spawn(minilakePython, ['-m', 'minilake', '--port', String(port)], {
    cwd: workDir,
    stdio: 'ignore',
    env: {
      PATH: process.env['PATH'],
      HOME: workDir,
      MINILAKE_DATA_DIR: join(workDir, 'data'),
      MINILAKE_JOB_EXECUTOR: 'subprocess',
      MINILAKE_NOTEBOOK: '0',
    },
  });
  await waitUntil(async () => (await fetch(`${url}/api/2.0/preview/scim/v2/Me`)).ok, {
    what: 'minilake',
    timeoutMs: 60_000,
  });
  const post = async (path: string, body: object): Promise<unknown> => {
    const answer = await fetch(`${url}/api/${path}`, {
      method: 'POST',
      headers: { authorization: 'Bearer any', 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return answer.json();
  };
  // `main` is reserved there, and neither catalogs nor warehouses are ours to make.
  await post('2.1/unity-catalog/catalogs', { name: 'lab' });
  const warehouse = await post('2.0/sql/warehouses', { name: 'lab', cluster_size: '2X-Small' });
  return {
    url,
    warehouseId: (warehouse as { id: string }).id,
    stop: async () => {
      const gone = once(server, 'exit');
      server.kill('SIGKILL');
      await gone;
      await rm(workDir, { recursive: true, force: true });
    },
  };
}
