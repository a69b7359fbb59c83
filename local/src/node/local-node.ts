/** The local node: see README.md in this folder for what it is and what it is not. */
import { mkdirSync, readFileSync } from 'node:fs';
import { availableParallelism, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { createHash, randomUUID } from 'node:crypto';
import {
  type Clock,
  connectKube,
  EventRecorder,
  type KubeLog,
  PodResource,
  Reflector,
  silentLog,
  systemClock,
} from '@tributary/operator/kube';
import { ProcessRegistry } from '../processes/registry.ts';
import { Heartbeat } from './kubelet/heartbeat.ts';
import { type Cluster, grantRights, issueIdentities } from './kubelet/identities.ts';
import { kubeletServer } from './kubelet/kubelet-server.ts';
import { allocatableOf, type NodeFacts } from './node-object.ts';
import { PodSet } from './pod-set.ts';
import type { RestartBackoffOptions } from './restart-backoff.ts';
import type { ImagePrograms } from './spec/images.ts';
import { KUBELET_PORT, PodAddresses } from './subnet.ts';
import type { Pod } from './types.ts';
import { ensureStorageClass, runProvisioner } from './volumes/provisioner.ts';
import { WatchedObjects } from './watched-objects.ts';
import { AddressHold } from './address-hold.ts';

export interface LocalNodeOptions {
  /** As `startControlPlane` returns it. */
  controlPlane: Cluster;
  /** The node's own folder: pods, logs and volumes are in it. */
  workDir: string;
  /** Image name without tag → argv that stands for its entrypoint. */
  images: ImagePrograms;
  /** Folders that the images hold: path in the image → where it really is. @default none */
  imageFolders?: Readonly<Record<string, string>>;
  /** The `node` that pods find first on their PATH. @default the one that runs this */
  nodePath?: string;
  /** Ends the node, as `stop` does. */
  signal?: AbortSignal | undefined;
  /** @default local */
  name?: string;
  /** @default 110 */
  maxPods?: number;
  log?: KubeLog;
  clock?: Clock;
  restartBackoff?: RestartBackoffOptions;
  /** When the node stops, its pods get no more time than this. @default 10 s */
  stopGraceMs?: number;
  /** Common name of the API server's certificate towards nodes. @default kube-apiserver-kubelet-client */
  kubeletClientName?: string;
}

export interface LocalPod {
  namespace: string;
  name: string;
  podIP: string | undefined;
  containers: { name: string; pid: number | undefined }[];
}

export interface LocalNode {
  name: string;
  /** Where the API server reaches it: 127.x.0.1. */
  address: string;
  /** What runs now. */
  pods(): LocalPod[];
  /** Ends every process and resolves when none is left. May be called again. */
  stop(): Promise<void>;
}

/** Resolves when the node is registered and Ready. Rejects, leaving nothing behind, when it cannot be. */
export async function startLocalNode(options: LocalNodeOptions): Promise<LocalNode> {
  const { controlPlane, workDir, name = 'local', log = silentLog, clock = systemClock } = options;
  options.signal?.throwIfAborted();
  mkdirSync(workDir, { recursive: true, mode: 0o700 });
  const registry = new ProcessRegistry(workDir);
  if (registry.otherOwners().length > 0) throw new Error(`another process runs a local node in ${workDir}`);
  const killed = await registry.killOrphans();
  if (killed.length > 0) log.warn({ processes: killed }, 'killed what a run that crashed had left behind');

  /** First nobody waits for the API server any more, then everything ends. */
  const halt = new AbortController();
  const stopping = new AbortController();
  const { signal } = stopping;
  const hold = new AddressHold();
  const { prefix, address } = await hold.claim(workDir, options.signal);
  const paths = await issueIdentities(controlPlane, workDir, name);
  const connect = (kubeconfigPath: string, userAgent: string) =>
    connectKube({ kubeconfigPath, userAgent, clock, log });
  const admin = connect(controlPlane.kubeconfigPath, 'tributary-local-node/setup');
  const client = connect(paths.node, 'tributary-local-node');
  const provisioner = connect(paths.provisioner, 'tributary-local-provisioner');
  const facts: NodeFacts = {
    name,
    address,
    kubeletPort: KUBELET_PORT,
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    maxPods: options.maxPods ?? 110,
    kernelVersion: release(),
    machineID: machineID(workDir),
    bootID: randomUUID(),
  };
  const heartbeat = new Heartbeat(client, clock, log, facts);
  const events = new EventRecorder({
    client,
    controller: 'tributary.dev/local-node',
    instance: name,
    clock,
    log,
  });
  const watched = new WatchedObjects(client, log);
  const pods = new PodSet({
    client,
    watched,
    events,
    addresses: new PodAddresses(prefix),
    registry,
    clock,
    log,
    images: options.images,
    imageFolders: options.imageFolders ?? {},
    workDir,
    nodePath: options.nodePath ?? process.execPath,
    server: controlPlane.server,
    hostIP: address,
    allocatable: allocatableOf(facts),
    backoff: options.restartBackoff ?? {},
    stopGraceMs: options.stopGraceMs ?? 10_000,
    halt: halt.signal,
  });
  const reflector = new Reflector<Pod>({
    client,
    type: PodResource,
    selector: { fieldSelector: `spec.nodeName=${name}` },
    clock,
    log,
    handler: (change) => pods.handle(change),
  });
  const loops: Promise<void>[] = [];

  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= end());
  const end = async () => {
    options.signal?.removeEventListener('abort', onAbort);
    halt.abort();
    await pods.stop();
    // The API server may be gone already; then nobody needs to be told.
    await heartbeat.writeStatus(false, AbortSignal.timeout(1_000)).catch(() => undefined);
    await events.close(1_000);
    stopping.abort();
    await watched.close();
    await Promise.all(loops);
    await hold.release();
    await Promise.all([client.close(), provisioner.close(), admin.close()]);
  };
  const onAbort = () => void stop();
  options.signal?.addEventListener('abort', onAbort, { once: true });

  try {
    const serving = await controlPlane.ca.issue({
      commonName: `system:node:${name}`,
      organizations: ['system:nodes'],
      dnsNames: [name],
      ipAddresses: [address],
    });
    hold.serve(
      kubeletServer({
        ...serving,
        caPem: controlPlane.caPem,
        clientName: options.kubeletClientName ?? 'kube-apiserver-kubelet-client',
        logs: pods,
        now: () => clock.now(),
        log,
        signal,
      }),
    );
    await grantRights(admin, name, signal);
    await ensureStorageClass(admin, signal);
    await heartbeat.register(signal);
    loops.push(heartbeat.run(signal));
    loops.push(
      runProvisioner(
        { client: provisioner, clock, log, nodeName: name, folder: join(workDir, 'volumes') },
        signal,
      ),
    );
    loops.push(reflector.run(signal));
    await Promise.race([reflector.synced, loops[loops.length - 1]]);
    options.signal?.throwIfAborted();
    await pods.sweep();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    name,
    address,
    pods: () =>
      pods.runners.map(({ pod, podIP, runners }) => ({
        namespace: pod.metadata.namespace ?? '',
        name: pod.metadata.name,
        podIP,
        containers: runners.map((runner) => ({ name: runner.name, pid: runner.pid })),
      })),
    stop,
  };
}

/** The same for every run in a folder, and another for each. */
function machineID(workDir: string): string {
  let machine = '';
  try {
    machine = readFileSync('/etc/machine-id', 'utf8');
  } catch {
    // A system without one: the folder alone tells the nodes of a machine apart.
  }
  return createHash('sha256').update(machine).update(workDir).digest('hex').slice(0, 32);
}
