import { ApiError, invalidParameter } from './api-error.ts';
import { readBytes, readObject, type Call, type Reply, type Route } from './http-server.ts';
import {
  fromJupyter,
  HEADERS,
  isNotebookSource,
  LANGUAGE_OF_EXTENSION,
  toJupyter,
} from './notebook-source.ts';
import { normal, type StoredObject, type WorkspaceStore } from './workspace-store.ts';

const MAX_CONTENT_BYTES = 10 * 1024 * 1024;

/** Workspace API 2.0. */
export function workspaceRoutes(store: WorkspaceStore): Route[] {
  const root = '/api/2.0/workspace';
  return [
    { method: 'POST', path: `${root}/import`, handle: (call) => importObject(store, call) },
    { method: 'GET', path: `${root}/export`, handle: (call) => exportObject(store, call) },
    { method: 'GET', path: `${root}/get-status`, handle: (call) => status(store, pathOf(call)) },
    { method: 'GET', path: `${root}/list`, handle: (call) => list(store, pathOf(call)) },
    {
      method: 'POST',
      path: `${root}/mkdirs`,
      handle: async (call) => {
        await store.mkdirs(textField(await readObject(call), 'path'));
        return { json: {} };
      },
    },
    {
      method: 'POST',
      path: `${root}/delete`,
      handle: async (call) => {
        const body = await readObject(call);
        await store.delete(textField(body, 'path'), body['recursive'] === true);
        return { json: {} };
      },
    },
  ];
}

interface ImportRequest {
  readonly path: string;
  readonly content: Buffer;
  readonly format: string;
  readonly language: string | undefined;
  readonly overwrite: boolean;
}

async function importObject(store: WorkspaceStore, call: Call): Promise<Reply> {
  const request = await readImport(call);
  if (request.content.length > MAX_CONTENT_BYTES) {
    throw new ApiError(
      400,
      'MAX_NOTEBOOK_SIZE_EXCEEDED',
      `File size imported is (${request.content.length} bytes), exceeded max size (${MAX_CONTENT_BYTES} bytes)`,
    );
  }
  const target = targetOf(request);
  await store.write(target.path, target.content, target.kind, request.overwrite);
  return { json: {} };
}

function targetOf(request: ImportRequest): {
  path: string;
  content: Buffer;
  kind: { objectType: 'NOTEBOOK' | 'FILE'; language?: string };
} {
  const { path, content, format } = request;
  const extension = /\.([A-Za-z]+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
  const stripped = path.replace(/\.[A-Za-z]+$/, '');
  const text = content.toString('utf8');
  if (format === 'SOURCE') {
    const language = request.language;
    if (language === undefined || !Object.hasOwn(HEADERS, language))
      throw invalidParameter('Missing required field: language');
    return { path, content, kind: { objectType: 'NOTEBOOK', language } };
  }
  if (format === 'JUPYTER' || (format === 'AUTO' && extension === 'ipynb')) {
    const source = fromJupyter(text);
    if (source === undefined) throw invalidParameter('The content is not a Jupyter notebook');
    const notebook = { objectType: 'NOTEBOOK', language: 'PYTHON' } as const;
    return { path: extension === 'ipynb' ? stripped : path, content: Buffer.from(source), kind: notebook };
  }
  if (format === 'AUTO') {
    const language = LANGUAGE_OF_EXTENSION[extension];
    return language !== undefined && isNotebookSource(text, language)
      ? { path: stripped, content, kind: { objectType: 'NOTEBOOK', language } }
      : { path, content, kind: { objectType: 'FILE' } };
  }
  throw invalidParameter(`the format ${format} is not served here`);
}

async function readImport(call: Call): Promise<ImportRequest> {
  const type = call.headers['content-type'] ?? '';
  if (type.startsWith('multipart/form-data')) return readMultipart(call, type);
  const body = await readObject(call);
  const content = textField(body, 'content', '');
  if (!/^[A-Za-z0-9+/=\s]*$/.test(content)) throw invalidParameter('content is not base64');
  const language = textField(body, 'language', '');
  return {
    path: textField(body, 'path'),
    content: Buffer.from(content, 'base64'),
    format: textField(body, 'format', 'SOURCE'),
    language: language === '' ? undefined : language,
    overwrite: body['overwrite'] === true,
  };
}

async function readMultipart(call: Call, type: string): Promise<ImportRequest> {
  const bytes = await readBytes(call);
  const form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': type } })
    .formData()
    .catch(() => {
      throw new ApiError(400, 'MALFORMED_REQUEST', 'Could not parse the multipart form');
    });
  const text = (name: string): string | undefined => {
    const value = form.get(name);
    return typeof value === 'string' ? value : undefined;
  };
  const content = form.get('content');
  const path = text('path');
  if (path === undefined || content === null) throw invalidParameter('path and content are required');
  return {
    path,
    content: typeof content === 'string' ? Buffer.from(content) : Buffer.from(await content.arrayBuffer()),
    format: text('format') ?? 'SOURCE',
    language: text('language'),
    overwrite: text('overwrite') === 'true',
  };
}

async function exportObject(store: WorkspaceStore, call: Call): Promise<Reply> {
  const path = pathOf(call);
  const found = store.get(path);
  if (found.objectType === 'DIRECTORY')
    throw invalidParameter('a directory is exported as DBC, which is not served here');
  const stored = await store.read(path);
  const format = call.query.get('format') ?? 'SOURCE';
  if (!['SOURCE', 'AUTO', 'JUPYTER'].includes(format))
    throw invalidParameter(`the format ${format} is not served here`);
  const asJupyter = format === 'JUPYTER' && found.objectType === 'NOTEBOOK';
  const content = asJupyter ? Buffer.from(toJupyter(stored.toString('utf8'))) : stored;
  if (call.query.get('direct_download') === 'true') {
    return { headers: { 'content-type': 'application/octet-stream' }, bytes: content };
  }
  return {
    json: {
      content: content.toString('base64'),
      file_type: asJupyter ? 'ipynb' : found.language === 'PYTHON' ? 'py' : '',
    },
  };
}

function status(store: WorkspaceStore, path: string): Reply {
  return { json: describe(normal(path), store.get(path)) };
}

function list(store: WorkspaceStore, path: string): Reply {
  const found = store.get(path);
  const entries: [string, StoredObject][] =
    found.objectType === 'DIRECTORY' ? store.children(path) : [[normal(path), found]];
  return entries.length === 0
    ? { json: {} }
    : { json: { objects: entries.map(([name, each]) => describe(name, each)) } };
}

function describe(path: string, found: StoredObject): Record<string, unknown> {
  return {
    path,
    object_type: found.objectType,
    object_id: found.objectId,
    resource_id: String(found.objectId),
    ...(found.language === undefined ? {} : { language: found.language }),
    ...(found.objectType === 'DIRECTORY'
      ? {}
      : { created_at: found.createdAt, modified_at: found.modifiedAt, size: found.size }),
  };
}

function pathOf(call: Call): string {
  const path = call.query.get('path');
  if (path === null || path === '') throw invalidParameter('Missing required field: path');
  return path;
}

function textField(body: Record<string, unknown>, name: string, fallback?: string): string {
  const value = body[name] ?? fallback;
  if (typeof value !== 'string') throw invalidParameter(`Missing required field: ${name}`);
  return value;
}
