import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@tributary/local/testing';
import { LeaseResource, NamespaceResource } from './kube/index.ts';
import { startWorld, type World } from './reconcile/testing/world.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
let world: World;
let folder: string;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  world = await startWorld();
  await world.client.create(NamespaceResource, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'tributary-system' },
  });
  folder = await mkdtemp(join(tmpdir(), 'tributary-main-'));
  await mkdir(join(folder, 'tributary'));
  await writeFile(join(folder, 'overview.py'), '# Databricks notebook source\n');
}, 900_000);

afterEach(async () => {
  for (const child of children) await end(child, 'SIGKILL');
});

afterAll(async () => {
  await world?.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

interface Process {
  child: ChildProcess;
  url: string;
  output: () => string;
}

async function start(change: Record<string, string> = {}): Promise<Process> {
  const port = await freePort();
  const child = spawn(process.execPath, [MAIN], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '',
      KUBECONFIG: world.kubeconfigPath,
      TRIBUTARY_WATCH_NAMESPACES: '',
      TRIBUTARY_PRODUCER_IMAGE: 'tributary/producer:test',
      TRIBUTARY_CONSUMER_IMAGE: 'tributary/consumer:test',
      TRIBUTARY_BIND_ADDRESS: '127.0.0.1',
      TRIBUTARY_PORT: String(port),
      TRIBUTARY_NAMESPACE: 'tributary-system',
      TRIBUTARY_POD_NAME: 'operator-0',
      TRIBUTARY_NOTEBOOKS_DIR: folder,
      ...change,
    },
  });
  children.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += String(chunk)));
  return { child, url: `http://127.0.0.1:${port}`, output: () => output };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  children.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
  return child.exitCode;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const answers = async (url: string): Promise<number> => {
  try {
    return (await fetch(url)).status;
  } catch {
    // It does not listen yet.
    return 0;
  }
};

const holder = async (): Promise<string | undefined> =>
  (await world.client.get(LeaseResource, 'tributary-operator', 'tributary-system'))?.spec?.holderIdentity;

const ready = async (operator: Process): Promise<void> => {
  try {
    await waitUntil(async () => (await answers(`${operator.url}/readyz`)) === 200, {
      what: 'the operator is ready',
      timeoutMs: 30_000,
    });
  } catch (error) {
    throw new Error(`the operator is not ready; it said: ${operator.output()}`, { cause: error });
  }
};

describe('the operator as a process', () => {
  it('leads, reconciles, counts, and releases its lease when it is told to stop', async () => {
    const operator = await start();
    await ready(operator);
    expect(await answers(`${operator.url}/healthz`)).toBe(200);
    const namespace = await world.namespace();
    await world.createFeed(namespace, 'sp500');
    await world.condition(namespace, 'sp500', 'Ready', 'True');
    const metrics = await (await fetch(`${operator.url}/metrics`)).text();
    for (const name of [
      'controller_runtime_reconcile_total{controller="streamsource"',
      'workqueue_depth{name="streamsource"}',
      'rest_client_requests_total{method="PATCH"',
      'leader_election_master_status{name="tributary-operator"} 1',
    ])
      expect(metrics).toContain(name);
    expect(await (await fetch(`${operator.url}/status`)).json()).toMatchObject({ leading: true, feeds: 1 });
    expect(await holder()).toMatch(/^operator-0_/);
    expect(await end(operator.child, 'SIGTERM')).toBe(0);
    expect(await holder()).toBe('');
  }, 90_000);

  it('waits, ready, while another one leads, and takes over when that one stops', async () => {
    const first = await start();
    await ready(first);
    const second = await start({ TRIBUTARY_POD_NAME: 'operator-1' });
    await ready(second);
    expect(await (await fetch(`${second.url}/status`)).json()).toMatchObject({ leading: false });
    await end(first.child, 'SIGTERM');
    await waitUntil(async () => (await holder())?.startsWith('operator-1_') === true, {
      what: 'the second one leads',
      timeoutMs: 20_000,
    });
    expect(await end(second.child, 'SIGTERM')).toBe(0);
  }, 90_000);

  it('says which variable is missing', async () => {
    const operator = await start({ TRIBUTARY_PRODUCER_IMAGE: '' });
    await once(operator.child, 'exit');
    expect(operator.child.exitCode).toBe(1);
    expect(operator.output()).toContain('TRIBUTARY_PRODUCER_IMAGE');
  }, 30_000);
});
