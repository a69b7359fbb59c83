/** One pod on this node, from the moment it is bound until it is gone. */
import { join } from 'node:path';
import {
  type Clock,
  type EventRecorder,
  type KubeClient,
  type KubeLog,
  sleep,
} from '@tributary/operator/kube';
import type { ProcessRegistry } from '../processes/registry.ts';
import { containerLaunch } from './container-launch.ts';
import type { ProcessLaunch } from './container-process.ts';
import { ContainerRunner } from './container-runner.ts';
import { initialRecords } from './initial-records.ts';
import { removePod } from './pod-removal.ts';
import { type ContainerRecord, type PodView, statusOf, waiting } from './pod-status.ts';
import { type RestartBackoffOptions, type RestartPolicy, shouldRestart } from './restart-backoff.ts';
import type { ImagePrograms } from './spec/images.ts';
import { UNSUPPORTED, whyUnsupported } from './spec/unsupported.ts';
import { StatusWriter } from './status-writer.ts';
import type { PodAddresses } from './subnet.ts';
import { type ContainerSpec, type Pod, type PodFacts, specOf, uidOf } from './types.ts';
import { PodFolder } from './volumes/pod-folder.ts';
import { PodVolumes } from './volumes/pod-volumes.ts';
import { VolumeKeeper } from './volumes/volume-keeper.ts';
import type { WatchedObjects } from './watched-objects.ts';

/** What all pods of a node share. */
export interface NodeContext {
  client: KubeClient;
  watched: WatchedObjects;
  events: EventRecorder;
  addresses: PodAddresses;
  registry: ProcessRegistry;
  clock: Clock;
  log: KubeLog;
  images: ImagePrograms;
  imageFolders: Readonly<Record<string, string>>;
  workDir: string;
  /** Given to containers first on their PATH. */
  nodePath: string;
  server: string;
  hostIP: string;
  allocatable: Record<string, string>;
  backoff: RestartBackoffOptions;
  /** Pods get no more than this when the node stops. */
  stopGraceMs: number;
  /** The node stops: nobody waits for the API server any more. */
  halt: AbortSignal;
}

/** When the node stops, so long are last statuses waited for. */
const LAST_WRITE_MS = 1_000;

export class PodRunner {
  readonly uid: string;
  /** Resolves when nothing of the pod runs any more and no more will be done about it. */
  readonly done: Promise<void>;
  readonly #context: NodeContext;
  readonly #folder: PodFolder;
  readonly #writer: StatusWriter;
  readonly #view: PodView;
  /** Its processes are to end. */
  readonly #stop = new AbortController();
  /** The pod is being deleted, is gone, or the node stops: what waited for that goes on. */
  readonly #leaving = Promise.withResolvers<void>();
  readonly #gone = new AbortController();
  #isLeaving = false;
  #runners: ContainerRunner[] = [];
  #keeper: VolumeKeeper | undefined;
  #pod: Pod;
  #graceMs: number;

  constructor(context: NodeContext, pod: Pod) {
    const { workDir, client, clock, log, hostIP, halt } = context;
    this.#context = context;
    this.#pod = pod;
    this.uid = uidOf(pod);
    this.#graceMs = graceOf(pod);
    this.#folder = new PodFolder(workDir, this.uid);
    this.#writer = new StatusWriter(client, clock, log, pod, halt);
    this.#view = {
      podIP: undefined,
      hostIP,
      startTime: pod.status?.startTime ?? this.#time(),
      prepared: false,
      initialized: false,
      refused: undefined,
      ended: false,
      ...initialRecords(pod, this.#time()),
    };
    if (pod.metadata.deletionTimestamp !== undefined) this.#leave();
    this.done = this.#run();
  }

  get pod(): Pod {
    return this.#pod;
  }

  get podIP(): string | undefined {
    return this.#view.podIP;
  }

  get runners(): readonly ContainerRunner[] {
    return this.#runners;
  }

  record(container: string): ContainerRecord | undefined {
    return [...this.#view.init, ...this.#view.containers].find(({ name }) => name === container);
  }

  logPath(container: string, restart: number): string {
    return this.#folder.log(container, restart);
  }

  /** The API server has a newer state of it. */
  update(pod: Pod): void {
    const before = this.#pod;
    this.#pod = pod;
    if (pod.metadata.deletionTimestamp !== undefined && !this.#isLeaving) {
      this.#graceMs = graceOf(pod);
      if (this.#runners.length > 0) this.#event('Normal', 'Killing', 'Stopping the containers of the pod');
      this.#leave();
    }
    // The downward API follows labels and annotations.
    const shown = ({ metadata }: Pod) => JSON.stringify([metadata.labels, metadata.annotations]);
    if (shown(before) !== shown(pod)) this.#keeper?.refresh();
    if ((specOf(pod).readinessGates ?? []).length > 0) this.#publish();
  }

  /** The API server has it no more. */
  gone(): void {
    this.#gone.abort();
    this.#graceMs = 0;
    this.#leave();
    for (const runner of this.#runners) runner.kill();
  }

  /** The node stops; the pod stays in the API. */
  stop(): void {
    this.#graceMs = Math.min(graceOf(this.#pod), this.#context.stopGraceMs);
    this.#leave();
  }

  #leave(): void {
    this.#isLeaving = true;
    this.#stop.abort();
    this.#leaving.resolve();
  }

  async #run(): Promise<void> {
    const { log, addresses, clock, halt } = this.#context;
    const phase = this.#pod.status?.phase;
    try {
      if (!isTerminal(phase)) await this.#live();
    } catch (error) {
      log.error({ err: error, pod: this.#pod.metadata.name }, 'the local node failed at a pod');
      this.#refuse('LocalNodeError', error instanceof Error ? error.message : String(error));
      this.#stop.abort();
      for (const runner of this.#runners) runner.kill();
    }
    await this.#leaving.promise;
    await this.#keeper?.release();
    try {
      if (this.#pod.metadata.deletionTimestamp !== undefined && !isTerminal(phase)) {
        // What waits for the end of a pod, such as a Job, is told how it ended before it is gone.
        this.#view.ended = true;
        this.#publish();
      }
      const bounded = new AbortController();
      const late = sleep(clock, LAST_WRITE_MS, bounded.signal).catch(() => undefined);
      await (halt.aborted ? Promise.race([this.#writer.flush(), late]) : this.#writer.flush());
      bounded.abort();
      const isGone = this.#gone.signal.aborted;
      if (!isGone && this.#pod.metadata.deletionTimestamp !== undefined)
        await removePod(this.#context, this.#pod, AbortSignal.any([this.#gone.signal, halt]));
      if (isGone || this.#pod.metadata.deletionTimestamp !== undefined) await this.#folder.remove();
    } catch (error) {
      log.error({ err: error, pod: this.#pod.metadata.name }, 'a pod could not be removed');
    }
    addresses.release(this.uid);
  }

  async #live(): Promise<void> {
    const spec = specOf(this.#pod);
    const problem = whyUnsupported(this.#pod, this.#context.images);
    if (problem !== undefined) {
      const message = `the local node runs pods as processes without root and cannot do this: ${problem}`;
      return this.#refuse(UNSUPPORTED, message);
    }
    try {
      this.#view.podIP = await this.#address();
    } catch (error) {
      return this.#refuse('NoAddress', error instanceof Error ? error.message : String(error));
    }
    this.#publish();
    this.#watchDeadline();
    const launch = await this.#prepare();
    if (launch === undefined || !(await this.#initialize(launch))) return;
    const policy = (spec.restartPolicy ?? 'Always') as RestartPolicy;
    this.#runners = spec.containers.map((container) =>
      this.#runner(container, this.#view.containers, policy, launch),
    );
    await Promise.all(
      this.#runners.map(async (runner) => {
        const record = this.record(runner.name);
        const ended = record?.state.terminated;
        if (record !== undefined && ended !== undefined) {
          // What had ended for good before the node was restarted is not run again.
          if (!shouldRestart(policy, ended.exitCode)) return;
          record.lastState = record.state;
          record.restartCount += 1;
        }
        await runner.run(this.#stop.signal, () => this.#graceMs);
      }),
    );
    this.#publish();
  }

  #address(): Promise<string> {
    const ports = specOf(this.#pod).containers.flatMap(({ ports: list = [] }) =>
      list.filter(({ protocol = 'TCP' }) => protocol === 'TCP').map(({ containerPort }) => containerPort),
    );
    return this.#context.addresses.allocate(this.uid, ports, this.#pod.status?.podIP);
  }

  #watchDeadline(): void {
    const { clock } = this.#context;
    const seconds = specOf(this.#pod).activeDeadlineSeconds;
    if (seconds === undefined) return;
    const leftMs = Date.parse(this.#view.startTime) + seconds * 1000 - clock.now();
    sleep(clock, Math.max(0, leftMs), this.#stop.signal).then(
      () => {
        this.#refuse('DeadlineExceeded', 'Pod was active on the node longer than the specified deadline');
        this.#stop.abort();
      },
      () => undefined, // it ended in time
    );
  }

  /** Fills the volumes; undefined when the pod was ended first, else what is run for a container. */
  async #prepare(): Promise<((container: ContainerSpec) => ProcessLaunch) | undefined> {
    const { client, clock, server, watched, images, imageFolders, nodePath } = this.#context;
    const keeper = new VolumeKeeper({
      watched,
      clock,
      pod: () => this.#pod,
      failed: (message) => this.#event('Warning', 'FailedMount', message),
      signal: this.#stop.signal,
    });
    this.#keeper = keeper;
    const { hostIP, allocatable } = this.#context;
    const facts: PodFacts = { podIP: this.#view.podIP ?? '', hostIP, allocatable };
    const { objects } = keeper;
    const folder = this.#folder;
    const volumes = new PodVolumes({ client, clock, pod: this.#pod, facts, objects, folder, server });
    if (!(await keeper.prepare(volumes))) return undefined;
    this.#view.prepared = true;
    this.#publish();
    return (container) =>
      containerLaunch({
        pod: this.#pod,
        container,
        facts,
        objects,
        folder,
        volumes,
        images,
        imageFolders,
        nodePath,
        server,
        home: join(folder.path, 'home', container.name),
      });
  }

  /** Runs the init containers one after another; false when the pod goes no further. */
  async #initialize(launch: (container: ContainerSpec) => ProcessLaunch): Promise<boolean> {
    const policy = specOf(this.#pod).restartPolicy === 'Never' ? 'Never' : 'OnFailure';
    for (const container of specOf(this.#pod).initContainers ?? []) {
      const record = this.#view.init.find(({ name }) => name === container.name);
      if (record?.state.terminated?.exitCode !== 0) {
        const runner = this.#runner(container, this.#view.init, policy, launch);
        this.#runners = [runner];
        const exit = await runner.run(this.#stop.signal, () => this.#graceMs);
        if (this.#stop.signal.aborted || exit?.exitCode !== 0) {
          this.#publish();
          return false;
        }
      }
      if (record !== undefined) record.ready = true;
    }
    this.#view.initialized = true;
    for (const record of this.#view.containers)
      if (record.state.waiting?.reason === 'PodInitializing') record.state = waiting('ContainerCreating');
    this.#publish();
    return true;
  }

  #runner(
    container: ContainerSpec,
    records: readonly ContainerRecord[],
    restartPolicy: RestartPolicy,
    launch: (container: ContainerSpec) => ProcessLaunch,
  ): ContainerRunner {
    const record = records.find(({ name }) => name === container.name);
    if (record === undefined) throw new Error(`container ${container.name} has no record`);
    const { registry, clock, backoff } = this.#context;
    return new ContainerRunner({
      container,
      record,
      restartPolicy,
      podIP: this.#view.podIP ?? '',
      podName: this.#pod.metadata.name,
      logPath: (restart) => this.#folder.log(container.name, restart),
      prepare: () => launch(container),
      registry,
      clock,
      backoff,
      changed: () => this.#publish(),
      event: (type, reason, note) => this.#event(type, reason, note),
    });
  }

  #refuse(reason: string, message: string): void {
    this.#event('Warning', reason, message);
    this.#view.refused = { reason, message };
    this.#publish();
  }

  #publish(): void {
    if (this.#gone.signal.aborted) return;
    this.#writer.write(statusOf(this.#pod, this.#view, this.#time()));
  }

  #event(type: 'Normal' | 'Warning', reason: string, note: string): void {
    this.#context.events.record(this.#pod, { type, reason, note });
  }

  #time(): string {
    return new Date(this.#context.clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
  }
}

function isTerminal(phase: string | undefined): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

/** What is left of a deletion's grace counts, else what the pod asks for. */
function graceOf(pod: Pod): number {
  const { deletionGracePeriodSeconds } = pod.metadata as { deletionGracePeriodSeconds?: number };
  return (deletionGracePeriodSeconds ?? specOf(pod).terminationGracePeriodSeconds ?? 30) * 1000;
}
