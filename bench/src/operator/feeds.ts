import { DeploymentResource, NamespaceResource, Reflector, type KubeClient } from '@tributary/operator/kube';
import { startWorld, type World } from '../../../operator/src/reconcile/testing/world.ts';
import { StreamSources, type StreamSource } from '../../../operator/src/status/index.ts';
import { AT_ONCE, feedName, feedOf } from './load.ts';

const LOOK_EVERY_MS = 20;

/** An API server of its own for one contender, where Strimzi answers and no pod runs, and what the driver sees of it. */
export interface Arena {
  readonly world: World;
  readonly namespace: string;
  create(index: number): Promise<StreamSource>;
  /** Feeds whose status says that everything was applied. */
  told(): number;
  deployments(): number;
  /** Those whose UID is none of these. */
  deploymentsWithout(uids: ReadonlySet<string>): number;
  until(done: () => boolean | Promise<boolean>, what: string, timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}

export async function openArena(signal: AbortSignal): Promise<Arena> {
  const world = await startWorld({ pods: false, answering: AT_ONCE });
  const { client } = world;
  await client.create(NamespaceResource, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'tributary-system' },
  });
  const namespace = await world.namespace();
  const stop = new AbortController();
  const { feeds, deployments } = await look(client, namespace, AbortSignal.any([signal, stop.signal]));
  return {
    world,
    namespace,
    create: (index) => client.create(StreamSources, feedOf(namespace, feedName(index))),
    told: () => feeds.store.list().filter(isTold).length,
    deployments: () => deployments.store.size,
    deploymentsWithout: (uids) =>
      deployments.store.list().filter(({ metadata }) => !uids.has(metadata.uid ?? '')).length,
    async until(done, what, timeoutMs) {
      const deadline = performance.now() + timeoutMs;
      while (!(await done())) {
        signal.throwIfAborted();
        if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      }
    },
    async close() {
      stop.abort();
      await world.stop();
    },
  };
}

/** By watches: asking again and again would keep the API server from its work. */
async function look(client: KubeClient, namespace: string, signal: AbortSignal) {
  const feeds = new Reflector<StreamSource>({ client, type: StreamSources, selector: { namespace } });
  const deployments = new Reflector({
    client,
    type: DeploymentResource,
    selector: { namespace, metadataOnly: true },
  });
  void feeds.run(signal);
  void deployments.run(signal);
  await Promise.all([feeds.synced, deployments.synced]);
  return { feeds, deployments };
}

/** The conditions of the pods come last, when all that is planned is in place. */
function isTold({ metadata, status }: StreamSource): boolean {
  return (
    status?.observedGeneration === metadata.generation &&
    status?.conditions?.some(({ type }) => type === 'ConsumerAvailable') === true
  );
}
