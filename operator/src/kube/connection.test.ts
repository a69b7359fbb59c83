import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectKube } from './connection.ts';
import { currentNamespace } from './credentials.ts';
import { ConfigMapResource } from './resources.ts';
import { FakeClock } from './testing/fake-clock.ts';
import {
  configMap,
  type ScriptedServer,
  sendJson,
  sendStatus,
  startScriptedServer,
} from './testing/scripted-server.ts';
import type { KubeClient } from './types.ts';

let folder: string;
let server: ScriptedServer;
let client: KubeClient | undefined;
const tokens: string[] = [];
/** The token that the server takes; any when undefined. */
let wanted: string | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-kube-'));
  tokens.length = 0;
  wanted = undefined;
  server = await startScriptedServer((request, response) => {
    const token = request.headers.authorization ?? '';
    tokens.push(token);
    if (wanted === undefined || token === wanted) sendJson(response, configMap('a', '1'));
    else sendStatus(response, 401, 'Unauthorized');
  });
});

afterEach(async () => {
  await client?.close();
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const kubeconfigPath = () => join(folder, 'kubeconfig');

async function writeKubeconfig(user: object): Promise<void> {
  const cluster = { server: `${server.url}/prefix`, 'insecure-skip-tls-verify': true };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'feeds' } }],
    'current-context': 'x',
  };
  await writeFile(kubeconfigPath(), JSON.stringify(config));
}

const tokenFile = () => join(folder, 'token');
const fromFile = () => ({ 'auth-provider': { name: 'tokenFile', config: { tokenFile: tokenFile() } } });
const ask = () => client?.get(ConfigMapResource, 'a', 'b');
const connect = (clock = new FakeClock()) => {
  client = connectKube({ kubeconfigPath: kubeconfigPath(), userAgent: 'test', clock });
  return clock;
};

describe('the connection', () => {
  it('takes server, path prefix, namespace and token from a kubeconfig', async () => {
    await writeKubeconfig({ token: 'inline' });
    connect();
    await ask();
    expect(server.requests).toEqual(['GET /prefix/api/v1/namespaces/b/configmaps/a']);
    expect(tokens).toEqual(['Bearer inline']);
    expect(currentNamespace({ kubeconfigPath: kubeconfigPath() })).toBe('feeds');
  });

  it('follows a token file at the latest after a refusal, and uses one pool all the while', async () => {
    await writeFile(tokenFile(), 'one\n');
    await writeKubeconfig(fromFile());
    connect();
    await ask();
    await writeFile(tokenFile(), 'two\n');
    wanted = 'Bearer two';
    await ask();
    await ask();
    expect(tokens).toEqual(['Bearer one', 'Bearer one', 'Bearer two', 'Bearer two']);
    expect(server.connections).toBeLessThanOrEqual(2);
  });

  it('follows a kubeconfig that is rewritten within a minute, without a refusal', async () => {
    await writeKubeconfig({ token: 'one' });
    const clock = connect();
    await ask();
    await writeKubeconfig({ token: 'two' });
    await ask();
    await clock.advance(60_001);
    await ask();
    expect(tokens).toEqual(['Bearer one', 'Bearer one', 'Bearer two']);
  });

  it('goes on with what it has while the kubeconfig cannot be read', async () => {
    await writeKubeconfig({ token: 'one' });
    const clock = connect();
    await ask();
    await writeFile(kubeconfigPath(), '{ half');
    await clock.advance(60_001);
    await ask();
    expect(tokens).toEqual(['Bearer one', 'Bearer one']);
  });

  it('says what is wrong when there is no kubeconfig, and works once there is', async () => {
    connect();
    await expect(ask()).rejects.toMatchObject({
      code: 0,
      message: expect.stringContaining('cannot read the credentials'),
    });
    await writeKubeconfig({ token: 'late' });
    await ask();
    expect(tokens).toEqual(['Bearer late']);
  });
});
