/** All pods of the node: one runner for each, whatever order the watch tells of them in. */
import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Change, keyOf } from '@tributary/operator/kube';
import type { LogSource } from './kubelet/kubelet-server.ts';
import { type NodeContext, PodRunner } from './pod-runner.ts';
import { type Pod, uidOf } from './types.ts';

export class PodSet implements LogSource {
  readonly #context: NodeContext;
  readonly #byUid = new Map<string, PodRunner>();
  /** Pods by namespace and name; the newest where one of the name is still ending. */
  readonly #byKey = new Map<string, PodRunner>();
  #stopping = false;

  constructor(context: NodeContext) {
    this.#context = context;
  }

  get runners(): readonly PodRunner[] {
    return [...this.#byUid.values()];
  }

  handle(change: Change<Pod>): void {
    if (change.type === 'deleted') {
      this.#byUid.get(uidOf(change.old))?.gone();
      return;
    }
    // A deletion and a creation of the same name that the watch has merged into one update.
    if (change.old !== undefined && uidOf(change.old) !== uidOf(change.object))
      this.#byUid.get(uidOf(change.old))?.gone();
    const known = this.#byUid.get(uidOf(change.object));
    // Done with here, and kept by a finalizer of somebody else.
    if (known === undefined && isReleased(change.object)) return;
    if (known !== undefined) known.update(change.object);
    else this.#begin(change.object);
  }

  find(namespace: string, pod: string, container: string, previous: boolean): ReturnType<LogSource['find']> {
    const runner = this.#byKey.get(`${namespace}/${pod}`);
    const record = runner?.record(container);
    if (runner === undefined || record === undefined) return undefined;
    const isBetweenRuns = record.state.waiting !== undefined && record.lastState === undefined;
    if (isBetweenRuns) return undefined;
    // While it waits for its restart, the last run is the one at hand.
    const restart = previous ? record.restartCount - 1 : record.restartCount;
    if (restart < 0) return undefined;
    const path = runner.logPath(container, restart);
    const live = runner.runners.find(({ name }) => name === container)?.log;
    return { path, live: live?.path === path && !live.ended ? live : undefined };
  }

  /** Ends all processes; the pods stay in the API. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const runner of this.#byUid.values()) runner.stop();
    await Promise.all(this.runners.map(({ done }) => done));
  }

  /** Removes the folders of pods that went while no node ran. */
  async sweep(): Promise<void> {
    const folder = join(this.#context.workDir, 'pods');
    let names: string[];
    try {
      names = readdirSync(folder);
    } catch {
      return; // no pod has ever been here
    }
    for (const name of names)
      if (!this.#byUid.has(name)) await rm(join(folder, name), { recursive: true, force: true });
  }

  #begin(pod: Pod): void {
    if (this.#stopping) return;
    const runner = new PodRunner(this.#context, pod);
    this.#byUid.set(runner.uid, runner);
    this.#byKey.set(keyOf(pod), runner);
    void runner.done.then(() => {
      this.#byUid.delete(runner.uid);
      if (this.#byKey.get(keyOf(pod)) === runner) this.#byKey.delete(keyOf(pod));
    });
  }
}

function isReleased({ metadata }: Pod): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata as Pod['metadata'] & {
    deletionGracePeriodSeconds?: number;
  };
  return deletionTimestamp !== undefined && deletionGracePeriodSeconds === 0;
}
