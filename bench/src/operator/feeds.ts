import { DeploymentResource, NamespaceResource, Reflector, type Change } from '@tributary/operator/kube';
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
  /** When the Deployment of this name was last seen to be made; undefined while there is none. */
  deploymentMadeAt(name: string): number | undefined;
  until(
    done: () => boolean | Promise<boolean>,
    what: () => string,
    timeoutMs: number,
    everyMs?: number,
  ): Promise<void>;
  close(): Promise<void>;
}

export async function openArena(signal: AbortSignal): Promise<Arena> {
  const world = await startWorld({ pods: false, answering: AT_ONCE });
  try {
    return await furnish(world, signal);
  } catch (error) {
    await world.stop();
    throw error;
  }
}

async function furnish(world: World, signal: AbortSignal): Promise<Arena> {
  const { client } = world;
  await client.create(NamespaceResource, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'tributary-system' },
  });
  const namespace = await world.namespace();
  const stop = new AbortController();
  const { told, madeAt } = await look(world, namespace, AbortSignal.any([signal, stop.signal]));
  return {
    world,
    namespace,
    create: (index) => client.create(StreamSources, feedOf(namespace, feedName(index))),
    told: () => told.size,
    deploymentMadeAt: (name) => madeAt.get(name),
    async until(done, what, timeoutMs, everyMs = LOOK_EVERY_MS) {
      const deadline = performance.now() + timeoutMs;
      while (!(await done())) {
        signal.throwIfAborted();
        if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what()}`);
        await new Promise((resolve) => setTimeout(resolve, everyMs));
      }
    },
    async close() {
      stop.abort();
      await world.stop();
    },
  };
}

/** By watches, each change counted as it comes: asking again and again would keep the API server from its work. */
async function look({ client }: World, namespace: string, signal: AbortSignal) {
  const told = new Set<string>();
  const madeAt = new Map<string, number>();
  const feeds = new Reflector<StreamSource>({
    client,
    type: StreamSources,
    selector: { namespace },
    handler: ({ object }) => {
      if (isTold(object)) told.add(object.metadata.name);
    },
  });
  const deployments = new Reflector({
    client,
    type: DeploymentResource,
    selector: { namespace, metadataOnly: true },
    handler: ({ type, object }: Change<{ apiVersion: string; kind: string; metadata: { name: string } }>) => {
      if (type === 'added') madeAt.set(object.metadata.name, performance.now());
      else if (type === 'deleted') madeAt.delete(object.metadata.name);
    },
  });
  void feeds.run(signal);
  void deployments.run(signal);
  await Promise.all([feeds.synced, deployments.synced]);
  return { told, madeAt };
}

/** The conditions of the pods come last, when all that is planned is in place. */
function isTold({ metadata, status }: StreamSource): boolean {
  return (
    status?.observedGeneration === metadata.generation &&
    status?.conditions?.some(({ type }) => type === 'ConsumerAvailable') === true
  );
}
