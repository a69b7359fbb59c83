import { execFile } from 'node:child_process';
import { mkdtempSync, statSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testFolderPrefix } from '../processes/abandoned.ts';
import { waitUntil } from '../processes/wait-until.ts';
import { ensureToolchain } from '../toolchain/index.ts';
import type { ToolchainOf } from '../toolchain/index.ts';
import { startControlPlane } from './index.ts';
import type { ControlPlane } from './index.ts';
import { startTestApiServer } from './test-api-server.ts';

const run = promisify(execFile);
let toolchain: ToolchainOf<'control-plane' | 'kubectl'>;

beforeAll(async () => {
  toolchain = await ensureToolchain(['control-plane', 'kubectl']);
}, 900_000);

async function kubectl(kubeconfigPath: string, ...args: string[]): Promise<string> {
  const { stdout } = await run(toolchain.kubectl, ['--kubeconfig', kubeconfigPath, ...args]);
  return stdout.trim();
}

describe('the control plane', () => {
  const workDir = mkdtempSync(join(tmpdir(), testFolderPrefix));
  let controlPlane: ControlPlane;

  beforeAll(async () => {
    controlPlane = await startControlPlane({ workDir, toolchain });
  }, 60_000);

  afterAll(async () => {
    await controlPlane?.stop();
    await rm(workDir, { recursive: true, force: true });
  }, 30_000);

  it('keeps the admin kubeconfig from other users', () => {
    expect(statSync(controlPlane.kubeconfigPath).mode & 0o777).toBe(0o600);
  });

  it('turns a Deployment into pods, and remembers it over a restart at the same address', async () => {
    const { server } = controlPlane;
    await kubectl(controlPlane.kubeconfigPath, 'create', 'deployment', 'web', '--image=web', '--replicas=2');
    await controlPlane.stop();
    controlPlane = await startControlPlane({ workDir, toolchain });
    expect(controlPlane.server).toBe(server);
    await waitUntil(
      async () => {
        const pods = await kubectl(controlPlane.kubeconfigPath, 'get', 'pods', '-l', 'app=web', '-o', 'name');
        return pods.split('\n').length === 2;
      },
      { what: 'two pods', timeoutMs: 20_000 },
    );
  }, 60_000);

  it('schedules onto a node of ours and fetches its logs over TLS under the CA of the cluster', async () => {
    const { keyPem, certPem } = await controlPlane.ca.issue({
      commonName: 'system:node:here',
      ipAddresses: ['127.0.0.1'],
    });
    const logs = createServer(
      { key: keyPem, cert: certPem, ca: controlPlane.caPem, requestCert: true, rejectUnauthorized: true },
      (request, response) => response.end(`logs of ${request.url?.split('?')[0]}\n`),
    );
    await new Promise<void>((resolve) => logs.listen(0, '127.0.0.1', resolve));
    try {
      const address = logs.address();
      if (address === null || typeof address === 'string') throw new Error('no port');
      const config = controlPlane.kubeconfigPath;
      await kubectl(config, 'create', '-f', await manifest(workDir, 'node.json', node()));
      await kubectl(
        config,
        'patch',
        'node',
        'here',
        '--subresource=status',
        '-p',
        JSON.stringify(nodeStatus(address.port)),
      );
      await kubectl(config, 'taint', 'node', 'here', '--all', 'node.kubernetes.io/not-ready-').catch(
        () => undefined,
      );
      const pod = await waitUntil(
        async () => (await kubectl(config, 'get', 'pods', '-o', podsHere)) || undefined,
        { what: 'a pod on the node', timeoutMs: 30_000 },
      ).then((names) => names.split(' ')[0] ?? '');
      expect(await kubectl(config, 'logs', pod)).toBe(`logs of /containerLogs/default/${pod}/web`);
    } finally {
      logs.closeAllConnections();
      logs.close();
    }
  }, 60_000);
});

describe('the API server for tests', () => {
  it('keeps its objects and its address over a restart', async () => {
    const apiServer = await startTestApiServer();
    try {
      await kubectl(apiServer.kubeconfigPath, 'create', 'configmap', 'kept', '--from-literal=a=b');
      await apiServer.restart();
      expect(
        await kubectl(apiServer.kubeconfigPath, 'get', 'configmap', 'kept', '-o', 'jsonpath={.data.a}'),
      ).toBe('b');
    } finally {
      await apiServer.stop();
    }
  }, 60_000);
});

const podsHere = 'jsonpath={.items[?(@.spec.nodeName=="here")].metadata.name}';

async function manifest(folder: string, name: string, object: unknown): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, JSON.stringify(object));
  return path;
}

function node(): unknown {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name: 'here' } };
}

function nodeStatus(port: number): unknown {
  const now = new Date().toISOString();
  const capacity = { cpu: '4', memory: '4Gi', pods: '10' };
  return {
    status: {
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
      capacity,
      allocatable: capacity,
      conditions: [
        { type: 'Ready', status: 'True', reason: 'Test', lastHeartbeatTime: now, lastTransitionTime: now },
      ],
    },
  };
}
