import { join } from 'node:path';
import { createDatabricks, type Databricks } from '@tributary/databricks';
import { connectKube, type KubeClient } from '@tributary/operator/kube';
import { buildBundles, bundlePath } from '../../../scripts/bundles.ts';
import { startBroker } from '../broker/index.ts';
import { startControlPlane } from '../control-plane/index.ts';
import { startDatabricks, type DatabricksStandIn } from '../databricks/index.ts';
import { startLocalNode } from '../node/index.ts';
import { startStrimzi } from '../strimzi/index.ts';
import { waitUntil } from '../processes/wait-until.ts';
import type { PartName, ToolchainOf } from '../toolchain/index.ts';
import type { Tools } from './kubectl.ts';
import { applyObjects, runTool } from './kubectl.ts';
import { readManifests } from './manifests.ts';
import { clearPendingRelease } from './pending-release.ts';
import { Shutdown } from './shutdown.ts';

export interface Stack {
  kube: KubeClient;
  tools: Tools;
  workspace: DatabricksStandIn;
  databricks: Databricks;
  /** Resolves when a part that should run has ended by itself. */
  failure: Promise<Error>;
  /** Ends everything in the reverse of its start. */
  stop(): Promise<void>;
}

/** What of the toolchain the stack is made of. */
export const STACK_PARTS = [
  'control-plane',
  'python',
  'kubectl',
  'java',
  'kafka',
  'spark-jars',
  'strimzi-crds',
] as const satisfies readonly PartName[];

export interface StackOptions {
  /** The repository. */
  root: string;
  workDir: string;
  toolchain: ToolchainOf<(typeof STACK_PARTS)[number]>;
  signal: AbortSignal;
  /** Told what has been reached. */
  step: (text: string) => void;
}

/** Namespace of the operator and of the Kafka cluster, as the samples have them. */
export const OPERATOR_NAMESPACE = 'tributary-system';
export const KAFKA_NAMESPACE = 'kafka';

/** Everything a feed needs, on loopback: cluster, node, broker, Strimzi's and Databricks' stand-ins. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { root, workDir, toolchain, signal, step } = options;
  const shutdown = new Shutdown();
  try {
    const [controlPlane, broker, workspace] = await settled([
      (async () => {
        const started = await startControlPlane({ workDir: join(workDir, 'cluster'), toolchain, signal });
        shutdown.add('control plane', () => started.stop());
        step(`Kubernetes 1.34 serves at ${started.server}`);
        return started;
      })(),
      (async () => {
        const started = await startBroker({ workDir: join(workDir, 'kafka'), toolchain, signal });
        shutdown.add('broker', () => started.stop());
        step(`Kafka 4.3 serves at ${started.bootstrapServers} (TLS, SCRAM-SHA-512, ACLs)`);
        return started;
      })(),
      (async () => {
        const started = await startDatabricks({
          workDir: join(workDir, 'databricks'),
          python: toolchain.python,
          sparkJars: toolchain.sparkJars,
          java: toolchain.java,
          signal,
        });
        shutdown.add('workspace', () => started.stop());
        step(`the workspace stand-in serves at ${started.url}`);
        return started;
      })(),
      buildBundles(),
    ]);

    const kube = connectKube({
      kubeconfigPath: controlPlane.kubeconfigPath,
      userAgent: 'tributary-local/0.1.0',
    });
    shutdown.add('Kubernetes connections', () => kube.close());
    const tools: Tools = {
      kubectl: toolchain.kubectl,
      helm: toolchain.helm,
      kubeconfigPath: controlPlane.kubeconfigPath,
      helmHome: join(workDir, 'helm'),
    };

    const bundle = (component: 'operator' | 'producer' | 'consumer'): string[] => [
      process.execPath,
      bundlePath(component),
    ];
    const node = await startLocalNode({
      controlPlane,
      workDir: join(workDir, 'node'),
      images: {
        'tributary/operator': bundle('operator'),
        'tributary/producer': bundle('producer'),
        'tributary/consumer': bundle('consumer'),
      },
      imageFolders: { '/notebooks': join(root, 'notebooks') },
      signal,
    });
    shutdown.add('node', () => node.stop());
    step('a node that runs pods as processes is Ready');

    await runTool(tools, 'kubectl', ['apply', '--server-side', '-f', toolchain.strimziCrds], { signal });
    await waitUntil(() => areEstablished(tools, signal), {
      what: 'the Strimzi CRDs to be established',
      timeoutMs: 60_000,
      intervalMs: 200,
      signal,
    });
    const strimzi = await startStrimzi({ kube, broker, namespace: KAFKA_NAMESPACE, signal });
    shutdown.add('Strimzi stand-in', () => strimzi.stop());
    step('Strimzi 1.2 CRDs are in place');

    const databricks = createDatabricks({
      host: workspace.url,
      auth: { kind: 'oauthM2M', clientId: workspace.clientId, clientSecret: workspace.clientSecret },
      userAgent: 'tributary-local/0.1.0',
      allowInsecureLoopback: true,
    });
    shutdown.add('workspace connections', () => databricks.close());

    return {
      kube,
      tools,
      workspace,
      databricks,
      failure: Promise.race([controlPlane.failure, broker.failure]),
      stop: () => shutdown.run(),
    };
  } catch (error) {
    await shutdown.run();
    throw error;
  }
}

/** What a user installs: a Kafka, and the operator with helm. */
export async function installTributary(
  { tools }: Pick<Stack, 'tools'>,
  { root, signal, step }: Pick<StackOptions, 'root' | 'signal' | 'step'>,
): Promise<void> {
  await applyObjects(
    tools,
    [
      ...[KAFKA_NAMESPACE, OPERATOR_NAMESPACE].map((name) => ({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name },
      })),
      ...(await readManifests(join(root, 'k8s', 'strimzi', 'kafka.yaml'))),
    ],
    signal,
  );
  await clearPendingRelease(tools, { release: 'tributary', namespace: OPERATOR_NAMESPACE }, signal);
  await runTool(
    tools,
    'helm',
    [
      ...['upgrade', '--install', 'tributary', join(root, 'charts', 'tributary')],
      ...[`--namespace=${OPERATOR_NAMESPACE}`, '--set', `kafkaNamespaces={${KAFKA_NAMESPACE}}`],
      ...['--wait', '--timeout=120s'],
    ],
    { signal },
  );
  step('a Kafka resource is in place, and the operator is installed with helm');
}

/** `kubectl wait` gives up on a definition that has no conditions yet. */
async function areEstablished(tools: Tools, signal: AbortSignal): Promise<boolean> {
  const text = await runTool(tools, 'kubectl', ['get', 'crd', '--output', 'json'], { signal });
  const { items } = JSON.parse(text) as {
    items: { status?: { conditions?: { type: string; status: string }[] | null } }[];
  };
  return items.every(({ status }) =>
    (status?.conditions ?? []).some(
      (condition) => condition.type === 'Established' && condition.status === 'True',
    ),
  );
}

/** Like Promise.all, but rejects only when every part has ended, so that what did start can be stopped. */
async function settled<T extends readonly unknown[]>(parts: { [K in keyof T]: Promise<T[K]> }): Promise<T> {
  const results = await Promise.allSettled(parts);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return results.map((result) => (result.status === 'fulfilled' ? result.value : undefined)) as unknown as T;
}
