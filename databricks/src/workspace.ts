import { checkPath } from './encode-path.ts';
import { DatabricksTransientError, DatabricksUserError } from './errors.ts';
import type { SignalOption } from './files.ts';
import { integer, objects, text, type Fields } from './read-fields.ts';
import type { Transport } from './transport.ts';

export type ObjectType = 'NOTEBOOK' | 'FILE' | 'DIRECTORY' | 'LIBRARY' | 'REPO';

export interface WorkspaceObject {
  readonly path: string;
  readonly objectType: ObjectType;
  readonly objectId: number;
  /** Of notebooks, such as `PYTHON`. */
  readonly language: string | undefined;
}

export interface ImportOptions {
  /** SOURCE makes a notebook and needs a language; AUTO decides by content: plain `.py` files stay importable files. */
  readonly format: 'SOURCE' | 'JUPYTER' | 'AUTO';
  readonly language?: 'PYTHON' | 'SQL' | 'SCALA' | 'R';
  readonly overwrite: boolean;
  readonly signal?: AbortSignal;
}

export interface ExportOptions {
  /** @default AUTO */
  readonly format?: 'SOURCE' | 'JUPYTER' | 'AUTO';
  readonly signal?: AbortSignal;
}

const MAX_CONTENT_BYTES = 10 * 1024 * 1024;

/** Workspace API 2.0: notebooks and the plain files beside them. */
export class Workspace {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async import(path: string, content: Buffer | string, options: ImportOptions): Promise<void> {
    const bytes = Buffer.from(content);
    if (bytes.length > MAX_CONTENT_BYTES) {
      throw new DatabricksUserError(
        {
          status: 0,
          errorCode: 'NOTEBOOK_TOO_LARGE',
          message: `${path} holds ${bytes.length} bytes; Databricks takes ${MAX_CONTENT_BYTES}`,
        },
        'split the notebook',
      );
    }
    await this.#transport.send({
      method: 'POST',
      path: '/api/2.0/workspace/import',
      json: {
        path: checked(path),
        content: bytes.toString('base64'),
        format: options.format,
        ...(options.language === undefined ? {} : { language: options.language }),
        overwrite: options.overwrite,
      },
      // Only an overwriting import may be repeated after a lost answer without a false conflict.
      repeatable: options.overwrite,
      signal: options.signal,
    });
  }

  /**
   * Imports a SOURCE notebook or plain file and reads it back: a retried import once left an empty notebook whose job
   * then "succeeded". Throws a DatabricksTransientError `CONTENT_NOT_STORED` when what is stored differs.
   */
  async importVerified(path: string, content: Buffer | string, options: ImportOptions): Promise<void> {
    await this.import(path, content, options);
    const format = options.format === 'AUTO' ? 'AUTO' : 'SOURCE';
    const stored = await this.export(storedPath(path, options), {
      format,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    if (!sameSource(stored, Buffer.from(content))) {
      throw new DatabricksTransientError({
        status: 200,
        errorCode: 'CONTENT_NOT_STORED',
        message: `${path} was accepted but holds something else (${stored.length} bytes)`,
      });
    }
  }

  async export(path: string, options: ExportOptions = {}): Promise<Buffer> {
    const answer = await this.#transport.json({
      method: 'GET',
      path: '/api/2.0/workspace/export',
      query: { path: checked(path), format: options.format ?? 'AUTO' },
      signal: options.signal,
    });
    return Buffer.from(text(answer, 'content'), 'base64');
  }

  async mkdirs(path: string, options: SignalOption = {}): Promise<void> {
    await this.#transport.send({
      method: 'POST',
      path: '/api/2.0/workspace/mkdirs',
      json: { path: checked(path) },
      repeatable: true,
      signal: options.signal,
    });
  }

  async getStatus(path: string, options: SignalOption = {}): Promise<WorkspaceObject> {
    const query = { path: checked(path) };
    return parseObject(
      await this.#transport.json({
        method: 'GET',
        path: '/api/2.0/workspace/get-status',
        query,
        signal: options.signal,
      }),
    );
  }

  async delete(
    path: string,
    options: { readonly recursive?: boolean; readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    await this.#transport.send({
      method: 'POST',
      path: '/api/2.0/workspace/delete',
      json: { path: checked(path), recursive: options.recursive ?? false },
      signal: options.signal,
    });
  }

  /** The direct children of a folder. */
  async list(path: string, options: SignalOption = {}): Promise<WorkspaceObject[]> {
    const query = { path: checked(path) };
    const answer = await this.#transport.json({
      method: 'GET',
      path: '/api/2.0/workspace/list',
      query,
      signal: options.signal,
    });
    return objects(answer, 'objects').map(parseObject);
  }
}

/** Whether two notebook sources are the same but for line ends and blank ends, which Databricks normalises. */
export function sameSource(left: Buffer, right: Buffer): boolean {
  const normal = (bytes: Buffer): string => bytes.toString('utf8').replaceAll('\r\n', '\n').trimEnd();
  return normal(left) === normal(right);
}

/** AUTO strips the extension of what it recognises as a notebook. */
function storedPath(path: string, options: ImportOptions): string {
  return options.format === 'JUPYTER' ? path.replace(/\.ipynb$/, '') : path;
}

function checked(path: string): string {
  return `/${checkPath(path).join('/')}`;
}

function parseObject(fields: Fields): WorkspaceObject {
  return {
    path: text(fields, 'path'),
    objectType: text(fields, 'object_type') as ObjectType,
    objectId: integer(fields, 'object_id'),
    language: text(fields, 'language') || undefined,
  };
}
