import {
  KubeApiError,
  type Applier,
  type KubeClient,
  type KubeObject,
  type ResourceType,
} from '../kube/index.ts';
import { RETAINED, TRACKING, type FeedRef } from '../plan/index.ts';
import { StallError, WaitError } from './errors.ts';

/** Where the last known state of a kind comes from and where what was written goes. */
export interface Known<T extends KubeObject> {
  type: ResourceType<T>;
  /** The cached state; undefined when it is not there, or not labelled as ours. */
  get(name: string, namespace: string): T | undefined | Promise<T | undefined>;
  wrote(object: T): void;
}

/** Applies planned objects where they have drifted, and never touches what belongs to another. */
export class Children {
  readonly #client: KubeClient;
  readonly #applier: Applier;

  constructor(client: KubeClient, applier: Applier) {
    this.#client = client;
    this.#applier = applier;
  }

  /** Makes `desired` so and returns it as the API server has it. */
  async ensure<T extends KubeObject>(
    known: Known<T>,
    desired: T,
    feed: FeedRef,
    signal: AbortSignal,
  ): Promise<T> {
    const { name, namespace = '' } = desired.metadata;
    const cached = await known.get(name, namespace);
    if (cached !== undefined) return this.#apply(known, desired, cached, feed, signal);
    try {
      return await this.#write(known, desired, undefined, signal);
    } catch (error) {
      if (!(error instanceof KubeApiError) || !error.isConflict) throw error;
      // The name is taken, by what the caches do not hold: it lacks our label, or they lag.
      const found = await this.#client.get(known.type, name, namespace, signal);
      if (found === undefined) throw error;
      return this.#apply(known, desired, found, feed, signal);
    }
  }

  async #apply<T extends KubeObject>(
    known: Known<T>,
    desired: T,
    observed: T,
    feed: FeedRef,
    signal: AbortSignal,
  ): Promise<T> {
    const claim = claimOn(observed, feed);
    if (claim === 'foreign') throw taken(observed);
    if (claim === 'previous' || observed.metadata.deletionTimestamp !== undefined) throw going(observed);
    if (claim === 'left') await this.#takeUp(known, observed, signal);
    return this.#write(known, desired, observed, signal);
  }

  async #write<T extends KubeObject>(
    known: Known<T>,
    desired: T,
    observed: T | undefined,
    signal: AbortSignal,
  ): Promise<T> {
    try {
      const { object, written } = await this.#applier.apply(known.type, desired, observed, signal);
      if (written) known.wrote(object);
      return object;
    } catch (error) {
      if (error instanceof KubeApiError && error.isInvalid)
        throw new StallError(
          'ObjectRefused',
          `The API server refuses ${describe(desired)}: ${error.message}`,
        );
      throw error;
    }
  }

  /** Deletes the object if it is still the one that was observed. */
  async remove<T extends KubeObject>(known: Known<T>, observed: T, signal: AbortSignal): Promise<void> {
    const { name, namespace, uid } = observed.metadata;
    await this.#client.delete(known.type, name, namespace, {
      signal,
      ...(uid === undefined ? {} : { uid }),
    });
    this.#applier.forget(known.type, name, namespace);
  }

  /** Leaves the object behind, marked so that the next feed of the same name may take it up. */
  async retain<T extends KubeObject>(known: Known<T>, observed: T, signal: AbortSignal): Promise<void> {
    const { name, namespace } = observed.metadata;
    const metadata = { annotations: { [RETAINED]: 'true' }, labels: { [TRACKING.uid]: null } };
    await this.#client.mergePatch(known.type, name, namespace, { metadata }, { signal });
    this.#applier.forget(known.type, name, namespace);
  }

  async #takeUp<T extends KubeObject>(known: Known<T>, observed: T, signal: AbortSignal): Promise<void> {
    const { name, namespace, resourceVersion } = observed.metadata;
    const metadata = { resourceVersion, annotations: { [RETAINED]: null } };
    await this.#client.mergePatch(known.type, name, namespace, { metadata }, { signal });
  }
}

export type Claim = 'ours' | 'previous' | 'left' | 'foreign';

/** Whose an object is: by controller beside the feed, by UID label in Strimzi's namespace. */
export function claimOn({ metadata }: KubeObject, feed: FeedRef): Claim {
  const controller = metadata.ownerReferences?.find((each) => each.controller === true);
  if (controller !== undefined) {
    if (controller.uid === feed.uid) return 'ours';
    const sameFeed = controller.kind === 'StreamSource' && controller.name === feed.name;
    return sameFeed && metadata.namespace === feed.namespace ? 'previous' : 'foreign';
  }
  const { labels = {} } = metadata;
  if (labels[TRACKING.uid] === feed.uid) return 'ours';
  const sameFeed = labels[TRACKING.namespace] === feed.namespace && labels[TRACKING.name] === feed.name;
  // There is one feed of a name at a time. What an earlier one left was retained, or it went while no operator was there.
  return sameFeed ? 'left' : 'foreign';
}

function taken(object: KubeObject): StallError {
  return new StallError(
    'NameTaken',
    `${describe(object)} exists and is not of this StreamSource: rename or remove one of the two.`,
  );
}

function going(object: KubeObject): WaitError {
  const why =
    object.metadata.deletionTimestamp === undefined
      ? 'is of an earlier feed of this name and goes with it'
      : 'is being deleted';
  const message = `${describe(object)} ${why}; it is made anew once it has gone.`;
  return new WaitError('PreviousObjectGoing', message, { requeueAfterMs: 5_000 });
}

function describe({ kind, metadata: { name, namespace } }: KubeObject): string {
  return `${kind} ${namespace}/${name}`;
}
