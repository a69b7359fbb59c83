import { execFile } from 'node:child_process';
import { generateKeyPairSync, sign, type JsonWebKey } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { ensureToolchain } from '../toolchain/index.ts';
import { startDatabricks, type FederationPolicy } from './index.ts';

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
      const { env: federation, policy } = await workload(workDir);
      standIn.federate(policy);
      const { stdout } = await run(python, [join(import.meta.dirname, 'sdk_contract.py')], {
        env: {
          PATH: process.env['PATH'],
          HOME: workDir,
          DATABRICKS_HOST: standIn.url,
          FEDERATED_CLIENT_ID: standIn.clientId,
          ...federation,
          ...credentials,
        },
      });
      expect(stdout.trim()).toBe('ok');
    } finally {
      await standIn.stop();
      await rm(workDir, { recursive: true, force: true });
    }
  },
  180_000,
);

/** Tokens as a cluster makes them for its service accounts, of one that is let in and of another one. */
async function workload(folder: string): Promise<{ env: Record<string, string>; policy: FederationPolicy }> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const tokenOf = (sub: string): string => {
    const exp = Math.floor(Date.now() / 1_000) + 600;
    const text = `${part({ alg: 'ES256', kid: 'k' })}.${part({ iss: 'https://cluster', aud: ['databricks'], sub, exp })}`;
    const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return `${text}.${signature.toString('base64url')}`;
  };
  const subject = 'system:serviceaccount:markets:lander';
  const path = join(folder, 'subject-token');
  await writeFile(path, tokenOf(subject));
  await writeFile(`${path}.other`, tokenOf('system:serviceaccount:elsewhere:lander'));
  const jwk: JsonWebKey = { ...publicKey.export({ format: 'jwk' }), kid: 'k' };
  const policy = { issuer: 'https://cluster', audiences: ['databricks'], subject, jwks: { keys: [jwk] } };
  return { env: { SUBJECT_TOKEN_FILE: path }, policy };
}
