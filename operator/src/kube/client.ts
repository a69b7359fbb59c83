/** The verbs of the Kubernetes API on top of the transport. */
import { errorFromStatus, KubeApiError, type KubeStatus } from './errors.ts';
import { apiVersionOf, collectionPath, objectPath, selectorQuery, withQuery } from './paths.ts';
import type { KubeRequest, Transport } from './transport.ts';
import type {
  ApplyOptions,
  DeleteOptions,
  KubeClient,
  KubeObject,
  ListResult,
  ListSelector,
  ObjectMeta,
  RequestOptions,
  ResourceType,
  WatchEvent,
  WatchSelector,
  WriteOptions,
} from './types.ts';

/** What one page of a list holds. client-go asks for 500; a page takes several times the memory of what is kept of it. */
const PAGE_SIZE = 100;
/** A list of more pages than this is a server that repeats itself. */
const MAX_PAGES = 10_000;

const PARTIAL_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
const PARTIAL = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

interface RawList {
  metadata: { resourceVersion?: string; continue?: string };
  items: (Partial<KubeObject> & { metadata: ObjectMeta })[] | null;
}

export function createClient(transport: Transport): KubeClient {
  return new HttpKubeClient(transport);
}

class HttpKubeClient implements KubeClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async get<T extends KubeObject>(
    type: ResourceType<T>,
    name: string,
    namespace?: string,
    signal?: AbortSignal,
  ): Promise<T | undefined> {
    try {
      return await this.#json<T>({ method: 'GET', path: objectPath(type, name, namespace), signal });
    } catch (error) {
      if (error instanceof KubeApiError && error.isNotFound) return undefined;
      throw error;
    }
  }

  async list<T extends KubeObject>(
    type: ResourceType<T>,
    selector: ListSelector<T> = {},
    signal?: AbortSignal,
  ): Promise<ListResult<T>> {
    try {
      return await this.#pages(type, selector, PAGE_SIZE, signal);
    } catch (error) {
      // The snapshot behind the pages was compacted away: one whole answer instead, as client-go does.
      if (error instanceof KubeApiError && error.isGone)
        return this.#pages(type, selector, undefined, signal);
      throw error;
    }
  }

  async create<T extends KubeObject>(
    type: ResourceType<T>,
    object: T,
    options: WriteOptions & { name?: string } = {},
  ): Promise<T> {
    const { namespace } = object.metadata;
    // A subresource such as `binding` or `token` hangs below its object; everything else is posted to the collection.
    const path =
      options.subresource === undefined
        ? collectionPath(type, requireNamespace(type, namespace, object.metadata.name))
        : objectPath(type, options.name ?? object.metadata.name, namespace, options.subresource);
    return this.#write<T>('POST', path, object, options);
  }

  async update<T extends KubeObject>(
    type: ResourceType<T>,
    object: T,
    options: WriteOptions = {},
  ): Promise<T> {
    const { name, namespace } = object.metadata;
    return this.#write<T>('PUT', objectPath(type, name, namespace, options.subresource), object, options);
  }

  async apply<T extends KubeObject>(type: ResourceType<T>, object: T, options: ApplyOptions): Promise<T> {
    const { name, namespace } = object.metadata;
    const path = objectPath(type, name, namespace, options.subresource);
    // The API server refuses an apply that carries managedFields, which every object read from it does.
    const { managedFields: _, ...metadata } = object.metadata;
    const body = { ...object, apiVersion: apiVersionOf(type), kind: type.kind, metadata };
    const query = { fieldManager: options.fieldManager, force: options.force ?? true };
    return this.#write<T>('PATCH', path, body, options, 'application/apply-patch+yaml', query);
  }

  async mergePatch<T extends KubeObject>(
    type: ResourceType<T>,
    name: string,
    namespace: string | undefined,
    patch: object,
    options: WriteOptions = {},
  ): Promise<T> {
    const path = objectPath(type, name, namespace, options.subresource);
    return this.#write<T>('PATCH', path, patch, options, 'application/merge-patch+json');
  }

  async delete(
    type: ResourceType,
    name: string,
    namespace: string | undefined,
    options: DeleteOptions = {},
  ): Promise<boolean> {
    const {
      uid,
      resourceVersion,
      propagation = 'Background',
      gracePeriodSeconds,
      dryRun,
      signal,
      beforeTry,
    } = options;
    const body = {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      propagationPolicy: propagation,
      ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
      ...(uid === undefined && resourceVersion === undefined
        ? {}
        : { preconditions: { uid, resourceVersion } }),
    };
    const path = withQuery(objectPath(type, name, namespace), {
      dryRun: dryRun === true ? 'All' : undefined,
    });
    try {
      await this.#transport.send({ method: 'DELETE', path, body: JSON.stringify(body), signal, beforeTry });
      return true;
    } catch (error) {
      if (error instanceof KubeApiError && error.isNotFound) return false;
      throw error;
    }
  }

  async *watch<T extends KubeObject>(
    type: ResourceType<T>,
    selector: WatchSelector,
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent<T>, void, undefined> {
    const path = withQuery(collectionPath(type, selector.namespace), {
      watch: 1,
      allowWatchBookmarks: true,
      resourceVersion: selector.resourceVersion,
      timeoutSeconds: selector.timeoutSeconds,
      ...selectorQuery(selector),
    });
    const accept = selector.metadataOnly === true ? PARTIAL : 'application/json';
    for await (const line of this.#transport.lines({ method: 'GET', path, accept, signal })) {
      const event = parse<{ type: string; object: unknown }>(line, `WATCH ${type.plural}`);
      if (event.type === 'ERROR') throw errorFromStatus(event.object as KubeStatus, `WATCH ${type.plural}: `);
      if (!isEventType(event.type)) continue;
      const object = event.object as T;
      yield { type: event.type, object: selector.metadataOnly === true ? withKind(type, object) : object };
    }
  }

  async request<T>(method: string, path: string, body?: unknown, options: RequestOptions = {}): Promise<T> {
    const { contentType, signal, beforeTry } = options;
    return this.#json<T>({
      method,
      path,
      signal,
      beforeTry,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(contentType === undefined ? {} : { contentType }),
    });
  }

  text(path: string, signal?: AbortSignal): Promise<string> {
    return this.#transport.send({ method: 'GET', path, accept: '*/*', signal });
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  async #pages<T extends KubeObject>(
    type: ResourceType<T>,
    selector: ListSelector<T>,
    limit: number | undefined,
    signal?: AbortSignal,
  ): Promise<ListResult<T>> {
    const items: T[] = [];
    const { keep = (object) => object } = selector;
    const accept = selector.metadataOnly === true ? PARTIAL_LIST : 'application/json';
    let next: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const query = { limit, continue: next, ...selectorQuery(selector) };
      const path = withQuery(collectionPath(type, selector.namespace), query);
      const list = await this.#json<RawList>({ method: 'GET', path, accept, signal });
      // The items of a list carry no kind of their own.
      for (const item of list.items ?? []) items.push(keep(withKind(type, item)));
      next = list.metadata.continue;
      if (next === undefined || next === '')
        return { items, resourceVersion: list.metadata.resourceVersion ?? '' };
    }
    throw new KubeApiError({
      code: 0,
      reason: 'InvalidResponse',
      message: `LIST ${type.plural}: over ${MAX_PAGES} pages`,
    });
  }

  #write<T>(
    method: string,
    path: string,
    body: object,
    options: WriteOptions,
    contentType = 'application/json',
    query: Record<string, string | boolean> = {},
  ): Promise<T> {
    const full = withQuery(path, {
      ...query,
      dryRun: options.dryRun === true ? 'All' : undefined,
      fieldManager: options.fieldManager,
      fieldValidation: options.fieldValidation,
    });
    return this.#json<T>({
      method,
      path: full,
      body: JSON.stringify(body),
      contentType,
      signal: options.signal,
      beforeTry: options.beforeTry,
    });
  }

  async #json<T>(request: KubeRequest): Promise<T> {
    return parse<T>(await this.#transport.send(request), `${request.method} ${request.path.split('?')[0]}`);
  }
}

/** The one place where text from the API server becomes the type that the caller asked for: the server validated it. */
function parse<T>(text: string, label: string): T {
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    const message = `${label}: the answer is no JSON: ${text.slice(0, 120)}`;
    throw new KubeApiError({ code: 0, reason: 'InvalidResponse', message, cause: error });
  }
}

function withKind<T extends KubeObject>(
  type: ResourceType<T>,
  item: Partial<KubeObject> & { metadata: ObjectMeta },
): T {
  return { ...item, apiVersion: apiVersionOf(type), kind: type.kind } as T;
}

function isEventType(type: string): type is WatchEvent<KubeObject>['type'] {
  return type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED' || type === 'BOOKMARK';
}

function requireNamespace(
  type: ResourceType,
  namespace: string | undefined,
  name: string,
): string | undefined {
  if (type.namespaced && (namespace === undefined || namespace === '')) {
    throw new TypeError(`${type.kind} ${name}: a namespace is needed`);
  }
  return namespace;
}
