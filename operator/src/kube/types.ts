/** The shapes that every part of the Kubernetes machinery shares. */

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  managedFields?: unknown[];
}

/** Any object the API server stores. Kinds narrow it with their own `spec` and `status`. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

/** Names one resource of the API: enough to build its URLs. `T` is what the API returns for it. */
export interface ResourceType<T extends KubeObject = KubeObject> {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Carries `T`; never read at run time. */
  readonly type?: T;
}

export interface ListResult<T> {
  items: T[];
  resourceVersion: string;
}

export interface WatchEvent<T> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  object: T;
}

export interface Selector {
  /** Absent: all namespaces. */
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  /** Ask for PartialObjectMetadata only: how Secrets are watched without holding their data. */
  metadataOnly?: boolean;
}

export interface ListSelector<T> extends Selector {
  /** What is kept of an object, page by page: a long list takes several times the memory as it comes. @default all of it */
  keep?: (object: T) => T;
}

export interface WatchSelector extends Selector {
  /** Where to go on: of a list, an object or a bookmark. */
  resourceVersion: string;
  /** The server ends the watch after it. */
  timeoutSeconds?: number;
}

export interface WriteOptions {
  signal?: AbortSignal;
  /** Called before each try is sent, retries too; what it throws ends the write. */
  beforeTry?: () => void;
  /** Server side dry run. */
  dryRun?: boolean;
  subresource?: 'status' | 'scale' | 'binding' | 'token' | 'eviction';
  /** What the server does about unknown and repeated fields. @default the server's: Warn */
  fieldValidation?: 'Strict' | 'Warn' | 'Ignore';
  /** Recorded in managedFields. @default the start of the user agent */
  fieldManager?: string;
}

export interface DeleteOptions {
  signal?: AbortSignal;
  beforeTry?: () => void;
  dryRun?: boolean;
  /** Preconditions: a conflict when the object is another one by now. */
  uid?: string;
  resourceVersion?: string;
  /** @default Background */
  propagation?: 'Background' | 'Foreground' | 'Orphan';
  gracePeriodSeconds?: number;
}

export interface ApplyOptions extends WriteOptions {
  /** The owner of the fields that are applied. */
  fieldManager: string;
  /** Take fields over from other managers. @default true */
  force?: boolean;
}

export interface RequestOptions {
  /** @default application/json */
  contentType?: string;
  signal?: AbortSignal;
  beforeTry?: () => void;
}

/**
 * The few verbs that Tributary needs of the Kubernetes API, on one connection pool.
 * Every failure is a `KubeApiError` with the server's `code` and `reason`; a connection that breaks is code 0.
 * When the caller's signal ends a request, that signal's reason is thrown.
 */
export interface KubeClient {
  /** Undefined when the object does not exist. */
  get<T extends KubeObject>(
    type: ResourceType<T>,
    name: string,
    namespace?: string,
    signal?: AbortSignal,
  ): Promise<T | undefined>;
  /** Pages through the whole collection. */
  list<T extends KubeObject>(
    type: ResourceType<T>,
    selector?: ListSelector<T>,
    signal?: AbortSignal,
  ): Promise<ListResult<T>>;
  create<T extends KubeObject>(
    type: ResourceType<T>,
    object: T,
    options?: WriteOptions & { name?: string },
  ): Promise<T>;
  /** Replaces the object; `metadata.resourceVersion`, when given, is a precondition. */
  update<T extends KubeObject>(type: ResourceType<T>, object: T, options?: WriteOptions): Promise<T>;
  /** Server-side apply. */
  apply<T extends KubeObject>(type: ResourceType<T>, object: T, options: ApplyOptions): Promise<T>;
  /** JSON merge patch (RFC 7386). */
  mergePatch<T extends KubeObject>(
    type: ResourceType<T>,
    name: string,
    namespace: string | undefined,
    patch: object,
    options?: WriteOptions,
  ): Promise<T>;
  /** False when there was nothing to delete. */
  delete(
    type: ResourceType,
    name: string,
    namespace: string | undefined,
    options?: DeleteOptions,
  ): Promise<boolean>;
  /** One watch from `resourceVersion` on, bookmarks included, until the server or `signal` ends it. 410 is thrown as a KubeApiError. */
  watch<T extends KubeObject>(
    type: ResourceType<T>,
    selector: WatchSelector,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>>;
  /** Any other path, JSON in and out. */
  request<T>(method: string, path: string, body?: unknown, options?: RequestOptions): Promise<T>;
  /** Any path as text, such as a pod's log or `/version`. */
  text(path: string, signal?: AbortSignal): Promise<string>;
  close(): Promise<void>;
}
