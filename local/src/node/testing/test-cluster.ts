/** A control plane with a local node in a temporary folder, and kubectl for it. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connectKube, type KubeClient, type Pod, PodResource } from '@tributary/operator/kube';
import { type ControlPlane, startControlPlane } from '../../control-plane/index.ts';
import { sweepAbandoned, testFolderPrefix } from '../../processes/abandoned.ts';
import { waitUntil } from '../../processes/wait-until.ts';
import { ensureToolchain } from '../../toolchain/index.ts';
import { type LocalNode, type LocalNodeOptions, startLocalNode } from '../local-node.ts';
import type { PodSpec } from '../types.ts';

export interface TestCluster {
  controlPlane: ControlPlane;
  client: KubeClient;
  node: LocalNode;
  /** The folder of the node. */
  nodeFolder: string;
  /** Standard output of kubectl; rejects when it fails. */
  kubectl(...args: string[]): Promise<string>;
  /** Path of kubectl and the environment it needs. */
  kubectlCommand: { command: string; env: Record<string, string> };
  /** Ends the node and starts another one in its folder. */
  restartNode(): Promise<void>;
  createPod(name: string, spec: PodSpec): Promise<Pod>;
  /** Waits until the pod is as `condition` says. */
  pod(name: string, condition: (pod: Pod) => boolean, timeoutMs?: number): Promise<Pod>;
  stop(): Promise<void>;
}

export const NAMESPACE = 'default';
/** The image that stands for `node -e <arg>`. */
export const IMAGE = 'test/node:1.0';

export async function startTestCluster(overrides: Partial<LocalNodeOptions> = {}): Promise<TestCluster> {
  await sweepAbandoned();
  // A folder for each part, so that a run that was killed is swept by the next one.
  const [workDir, nodeFolder] = [testFolder(), testFolder()];
  const toolchain = await ensureToolchain(['control-plane', 'kubectl']);
  const controlPlane = await startControlPlane({ workDir, toolchain });
  const client = connectKube({ kubeconfigPath: controlPlane.kubeconfigPath, userAgent: 'tributary-test' });
  const start = () =>
    startLocalNode({
      controlPlane,
      workDir: nodeFolder,
      images: { 'test/node': [process.execPath, '-e'] },
      stopGraceMs: 2_000,
      ...overrides,
    });
  const kubectlCommand = {
    command: toolchain.kubectl,
    env: { KUBECONFIG: controlPlane.kubeconfigPath, HOME: workDir, PATH: '/usr/bin:/bin' },
  };
  const cluster: TestCluster = {
    controlPlane,
    client,
    node: await start().catch(async (error: unknown) => {
      await client.close();
      await controlPlane.stop();
      throw error;
    }),
    nodeFolder,
    kubectlCommand,
    kubectl: async (...args) => {
      const { command, env } = kubectlCommand;
      return (await promisify(execFile)(command, args, { env, timeout: 60_000 })).stdout;
    },
    restartNode: async () => {
      await cluster.node.stop();
      cluster.node = await start();
    },
    createPod: (name, spec) =>
      client.create<Pod>(PodResource, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace: NAMESPACE },
        spec: { terminationGracePeriodSeconds: 2, ...spec },
      }),
    pod: (name, condition, timeoutMs = 30_000) =>
      waitUntil(
        async () => {
          const pod = await client.get(PodResource, name, NAMESPACE);
          return pod !== undefined && condition(pod) ? pod : undefined;
        },
        { what: `pod ${name}`, timeoutMs },
      ),
    stop: async () => {
      await cluster.node.stop();
      await client.close();
      await controlPlane.stop();
      for (const folder of [workDir, nodeFolder]) rmSync(folder, { recursive: true, force: true });
    },
  };
  return cluster;
}

export function testFolder(): string {
  return mkdtempSync(join(tmpdir(), testFolderPrefix));
}

export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
}
