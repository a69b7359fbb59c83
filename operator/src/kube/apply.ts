/**
 * Server-side apply that writes only when something differs: an apply that changes nothing costs the API server as much
 * as one that does. See docs/decisions/apply-only-on-drift.md.
 */
import { hash as digest } from 'node:crypto';
import { findDrift } from './drift.ts';
import { joinKey, keyOf } from './paths.ts';
import type { KubeClient, KubeObject, ResourceType } from './types.ts';

/** Holds the hash of what was last applied: how fields that are no longer desired are noticed. */
export const APPLIED_HASH = 'tributary.dev/applied-hash';

/**
 * As the resource version of an applied object: an object of that name that exists is a conflict, one that does not is made,
 * in one request. etcd's first revision is never an object's.
 */
const MUST_NOT_EXIST = '1';

export interface ApplierOptions {
  client: KubeClient;
  fieldManager: string;
  /** Objects whose differences the server insists on are remembered up to this many. @default 20,000 */
  maxRemembered?: number;
}

export interface Applied<T extends KubeObject> {
  object: T;
  /** False: everything was as desired. */
  written: boolean;
  /** Why it was written: `created`, `desired changed`, or the paths that had drifted. */
  reasons: string[];
}

export class Applier {
  readonly #client: KubeClient;
  readonly #fieldManager: string;
  readonly #maxRemembered: number;
  /** By object and hash, the paths where the answer to an apply differed from what was applied: the server normalises them. */
  readonly #normalised = new Map<string, { hash: string; paths: ReadonlySet<string> }>();

  constructor(options: ApplierOptions) {
    this.#client = options.client;
    this.#fieldManager = options.fieldManager;
    this.#maxRemembered = options.maxRemembered ?? 20_000;
  }

  /**
   * Makes the object as desired. `observed` is its cached state; undefined when it is not known to exist, and then one that
   * does, whoever made it, is left as it is: a conflict.
   */
  async apply<T extends KubeObject>(
    type: ResourceType<T>,
    desired: T,
    observed: T | undefined,
    signal?: AbortSignal,
  ): Promise<Applied<T>> {
    const hash = hashOf(desired);
    const stamped = withAnnotation(desired, hash);
    const reasons = this.#reasons(type, stamped, observed, hash);
    if (observed !== undefined && reasons.length === 0) return { object: observed, written: false, reasons };
    const object = await this.#client.apply(type, observed === undefined ? asNew(stamped) : stamped, {
      fieldManager: this.#fieldManager,
      ...(signal === undefined ? {} : { signal }),
    });
    this.#remember(rememberKey(type, desired), hash, findDrift(stamped, object));
    return { object, written: true, reasons };
  }

  /** Forgets what was remembered of an object that is gone. */
  forget(type: ResourceType, name: string, namespace?: string): void {
    this.#normalised.delete(`${type.group}/${type.kind}/${joinKey(name, namespace)}`);
  }

  #reasons<T extends KubeObject>(
    type: ResourceType<T>,
    stamped: T,
    observed: T | undefined,
    hash: string,
  ): string[] {
    if (observed === undefined) return ['created'];
    if (observed.metadata.annotations?.[APPLIED_HASH] !== hash) return ['desired changed'];
    const known = this.#normalised.get(rememberKey(type, stamped));
    const tolerated = known?.hash === hash ? known.paths : undefined;
    return findDrift(stamped, observed).filter((path) => tolerated?.has(path) !== true);
  }

  #remember(key: string, hash: string, paths: string[]): void {
    this.#normalised.delete(key);
    if (paths.length === 0) return;
    this.#normalised.set(key, { hash, paths: new Set(paths) });
    const oldest = this.#normalised.keys().next();
    if (this.#normalised.size > this.#maxRemembered && oldest.done !== true)
      this.#normalised.delete(oldest.value);
  }
}

/** Of the content, whatever order its maps are in. */
export function hashOf(object: KubeObject): string {
  return digest('sha256', canonical(object), 'base64url').slice(0, 22);
}

/** As JSON.stringify writes it, with the members of each map in the order of their names. */
function canonical(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  let members = '';
  for (const name of Object.keys(value).sort()) {
    const member: unknown = Reflect.get(value, name);
    if (member === undefined) continue;
    members += `${members === '' ? '' : ','}${quoted(name)}:${canonical(member)}`;
  }
  return `{${members}}`;
}

/** What JSON writes as it stands: nearly every text of a plan, and far sooner told than escaped. */
const PLAIN = /^[ !#-[\]-~]*$/;

function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}

function withAnnotation<T extends KubeObject>(object: T, hash: string): T {
  const annotations = { ...object.metadata.annotations, [APPLIED_HASH]: hash };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

function asNew<T extends KubeObject>(object: T): T {
  return { ...object, metadata: { ...object.metadata, resourceVersion: MUST_NOT_EXIST } };
}

function rememberKey(type: ResourceType, object: KubeObject): string {
  return `${type.group}/${type.kind}/${keyOf(object)}`;
}
