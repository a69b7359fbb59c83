import { KubeApiError, LeadershipLostError, splitKey, type ReconcileResult } from '../kube/index.ts';
import { settle, StatusDraft, type Outcome, type StreamSource } from '../status/index.ts';
import type { Feed } from '../plan/index.ts';
import type { FeedContext } from './context.ts';
import type { Environment } from './environment.ts';
import { StallError, WaitError } from './errors.ts';
import { requireAdmission } from './steps/admission.ts';
import { requestAnalysis } from './steps/analysis.ts';
import { useAnyKafka } from './steps/any-kafka.ts';
import { judge } from './steps/availability.ts';
import { both } from './steps/both.ts';
import { ensureBelongings, ensureDeployments, ensureStorage } from './steps/children.ts';
import { deleteFeed } from './steps/delete.ts';
import { addFinalizer } from './steps/finalizer.ts';
import { observePods, observeRemaining } from './steps/observe.ts';
import { takeShare } from './steps/quota.ts';
import { readUserSecrets } from './steps/secrets.ts';
import { reportSupport } from './steps/support.ts';
import { useStrimzi } from './steps/strimzi.ts';
import { validate } from './steps/validate.ts';

/** Stops all reconciling of a feed but its deletion and its withdrawal from a Kafka that does not admit it any more. */
export const PAUSED = 'tributary.dev/paused';

/** Even where no change was seen: a watch may have missed one. */
const RESYNC_MS = 10 * 60_000;

/** Brings one feed from what is to what its StreamSource says, by level: it looks at everything each time. */
export class Reconciler {
  readonly #env: Environment;
  /** By key: which StreamSource it was the last time. */
  readonly #uids = new Map<string, string>();
  /** By key: the feed as it was read from its spec. Reading it again would be an eighth of the work of a new feed. */
  readonly #read = new Map<string, { generation: number | undefined; feed: Feed }>();

  constructor(env: Environment) {
    this.#env = env;
  }

  async reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult> {
    const { namespace = '', name } = splitKey(key);
    const object = this.#env.caches.streamSources.get(name, namespace);
    if (object === undefined) {
      this.#forget(key);
      return undefined;
    }
    const context = this.#open(key, namespace, object, signal);
    this.#meet(context);
    if (object.metadata.deletionTimestamp !== undefined) return this.#delete(context);
    if (object.metadata.annotations?.[PAUSED] === 'true') return this.#pass(context);
    context.object = await addFinalizer(this.#env.client, object, signal);
    if (context.object !== object) this.#env.caches.streamSources.wrote(context.object);
    return this.#settle(context, await this.#attempt(context));
  }

  /** One that is paused: nothing is told or written unless its Kafka refuses it. */
  async #pass(context: FeedContext): Promise<ReconcileResult> {
    try {
      await requireAdmission(context);
      return { requeueAfterMs: RESYNC_MS };
    } catch (error) {
      if (!(error instanceof StallError)) throw error;
      return this.#settle(context, stalled(context, error));
    }
  }

  #open(key: string, namespace: string, object: StreamSource, signal: AbortSignal): FeedContext {
    const { name, uid = '', generation = 1 } = object.metadata;
    const { clock } = this.#env;
    const draft = new StatusDraft(object.status, generation, () => clock.now());
    return { env: this.#env, key, namespace, name, uid, object, draft, signal, referred: new Set() };
  }

  /** One that was deleted and applied again while nobody looked has nothing of its predecessor. */
  #meet({ key, uid }: FeedContext): void {
    if (this.#uids.get(key) === uid) return;
    if (this.#uids.has(key)) this.#forget(key);
    this.#uids.set(key, uid);
  }

  async #delete(context: FeedContext): Promise<ReconcileResult> {
    try {
      await deleteFeed(context);
      this.#forget(context.key);
      return undefined;
    } catch (error) {
      if (error instanceof WaitError) return { requeueAfterMs: error.requeueAfterMs };
      throw error;
    }
  }

  /** The steps in order; the first that cannot be done ends the walk. */
  async #walk(context: FeedContext): Promise<Outcome> {
    await requireAdmission(context);
    const valid = this.#feedOf(context);
    reportSupport(context, valid);
    const feed = await takeShare(context, valid);
    const secrets = await readUserSecrets(context, feed);
    const access = await (feed.spec.kafka.strimzi === undefined
      ? useAnyKafka(context, feed)
      : useStrimzi(context, feed));
    const surroundings = { ...access, secrets };
    requestAnalysis(context, feed, access.topicId, secrets);
    await both(ensureStorage(context, feed), ensureBelongings(context, feed, surroundings));
    const deployments = await ensureDeployments(context, feed, surroundings);
    observePods(context, feed);
    return judge(context, feed, deployments);
  }

  #feedOf(context: FeedContext): Feed {
    const { key, uid, object } = context;
    const { generation } = object.metadata;
    const known = this.#read.get(key);
    if (known !== undefined && known.feed.uid === uid && known.generation === generation) return known.feed;
    const feed = validate(context);
    this.#read.set(key, { generation, feed });
    return feed;
  }

  async #attempt(context: FeedContext): Promise<Attempt> {
    try {
      const outcome = await this.#walk(context);
      return { outcome, requeueAfterMs: RESYNC_MS };
    } catch (error) {
      context.signal.throwIfAborted();
      if (error instanceof StallError) return stalled(context, error);
      if (error instanceof WaitError) {
        observeRemaining(context);
        const { reason, message, requeueAfterMs, tellAfterMs } = error;
        return { outcome: { kind: 'waiting', reason, message }, requeueAfterMs, tellAfterMs };
      }
      // Somebody was faster, or we lead no more: nothing to tell.
      if (error instanceof LeadershipLostError) throw error;
      if (error instanceof KubeApiError && error.isConflict) throw error;
      return { outcome: retrying(error), error };
    }
  }

  async #settle(context: FeedContext, attempt: Attempt): Promise<ReconcileResult> {
    const { env, key, object, draft, signal } = context;
    env.references.keepOnly(key, context.referred);
    settle(draft, object.metadata.generation ?? 1, attempt.outcome);
    const tellAfterMs = 'tellAfterMs' in attempt ? attempt.tellAfterMs : 0;
    const heldBackMs = await env.statusWriter.write(object, draft.build(), signal, { tellAfterMs });
    if ('error' in attempt) throw attempt.error;
    return { requeueAfterMs: Math.min(attempt.requeueAfterMs, heldBackMs ?? attempt.requeueAfterMs) };
  }

  #forget(key: string): void {
    this.#uids.delete(key);
    this.#read.delete(key);
    this.#env.references.keepOnly(key, new Set());
    this.#env.observer.forget(key);
    this.#env.analyses.forget(key);
    this.#env.anyKafka.forget(key);
    this.#env.statusWriter.forget(key);
  }
}

/** With `tellAfterMs` something else has to happen first, and only what lasts as long is told. */
type Attempt =
  { outcome: Outcome; requeueAfterMs: number; tellAfterMs?: number } | { outcome: Outcome; error: unknown };

function stalled(context: FeedContext, { reason, message }: StallError): Attempt {
  observeRemaining(context);
  return { outcome: { kind: 'stalled', reason, message }, requeueAfterMs: RESYNC_MS };
}

function retrying(error: unknown): Outcome {
  const reason = error instanceof KubeApiError ? `ApiServer${error.reason}` : 'Failed';
  const message = error instanceof Error ? error.message : String(error);
  return { kind: 'retrying', reason: reason.replace(/[^A-Za-z0-9]/g, '').slice(0, 128), message };
}
