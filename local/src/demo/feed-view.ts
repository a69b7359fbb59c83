import type { StreamSourceStatus } from '@tributary/api';
import { StreamSourceResource, type CustomObject } from '@tributary/operator/kube';
import type { Stack } from '../stack/stack.ts';
import { readPodStatuses, type PodStatuses } from './pod-statuses.ts';

/** One feed as a person sees it: what the operator says, and the live figures of its pods. */
export interface FeedView {
  namespace: string;
  name: string;
  suspended: boolean;
  ready: boolean;
  /** Why it is not Ready, or what is wrong though it is; empty when all is well. */
  trouble: string;
  stalled: boolean;
  published: number;
  landed: number;
  uploaded: number;
  /** Records in Kafka that are in no complete file yet. */
  lag: number | undefined;
  lastPoll: { at: number; result: string } | undefined;
  job: StreamSourceStatus['job'];
  /** How the newest run of the job ended, or how far it is. */
  lastRun: string | undefined;
}

export type FeedRef = Pick<FeedView, 'namespace' | 'name'>;

/** `<namespace>/<name>`, as kubectl writes it. */
export const keyOf = ({ namespace, name }: FeedRef): string => `${namespace}/${name}`;

export function viewOf(feed: FeedRef, views: readonly FeedView[]): FeedView | undefined {
  return views.find((view) => keyOf(view) === keyOf(feed));
}

/** Every feed of the cluster, the demo's and a person's own, by namespace and name. Counts never fall while a pod is away. */
export class FeedViews {
  readonly #stack: Pick<Stack, 'kube' | 'workspace'>;
  readonly #last = new Map<string, FeedView>();

  constructor(stack: Pick<Stack, 'kube' | 'workspace'>) {
    this.#stack = stack;
  }

  async read(signal: AbortSignal): Promise<FeedView[]> {
    const [{ items }, pods] = await Promise.all([
      this.#stack.kube.list<CustomObject>(StreamSourceResource, {}, signal),
      readPodStatuses(this.#stack.kube, signal),
    ]);
    // As the workspace has them now, the newest of a job first: the operator looks only every few minutes.
    const lastRuns = new Map(
      this.#stack.workspace
        .reports()
        .toReversed()
        .map(({ jobId, result }) => [String(jobId), result]),
    );
    const views = items.map((object) => {
      const key = `${object.metadata.namespace}/${object.metadata.name}`;
      // By uid: one that was deleted and applied again begins at nothing.
      const uid = object.metadata.uid ?? key;
      const view = toView(object, pods.get(key) ?? {}, this.#last.get(uid), lastRuns);
      this.#last.set(uid, view);
      return view;
    });
    return views.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  }
}

function toView(
  object: CustomObject,
  { producer, consumer }: PodStatuses,
  before: FeedView | undefined,
  lastRuns: ReadonlyMap<string, string>,
): FeedView {
  const status = (object['status'] ?? {}) as StreamSourceStatus;
  const spec = object['spec'] as { suspend?: boolean } | undefined;
  const conditionOf = (type: string) => status.conditions?.find((condition) => condition.type === type);
  const ready = conditionOf('Ready');
  const stalled = conditionOf('Stalled')?.status === 'True';
  const isReady = ready?.status === 'True' && status.observedGeneration === object.metadata.generation;
  const troubles = [producer?.upstream, producer?.kafka, consumer?.kafka, consumer?.volume].flatMap((part) =>
    part === undefined || part.healthy || part.reason.startsWith('Not') ? [] : [part.message],
  );
  return {
    namespace: object.metadata.namespace ?? '',
    name: object.metadata.name,
    suspended: spec?.suspend === true,
    ready: isReady,
    stalled,
    trouble: isReady ? troubles.join('; ') : (conditionOf('Stalled')?.message ?? ready?.message ?? ''),
    published: producer?.published ?? before?.published ?? 0,
    landed: consumer?.landed.records ?? before?.landed ?? 0,
    uploaded: consumer?.uploaded.records ?? before?.uploaded ?? 0,
    lag: consumer?.lag,
    lastPoll:
      producer?.lastPoll === undefined
        ? before?.lastPoll
        : { at: Date.parse(producer.lastPoll.endedAt), result: producer.lastPoll.result },
    job: status.job,
    lastRun: lastRuns.get(status.job?.id ?? '') ?? status.job?.lastRun,
  };
}
