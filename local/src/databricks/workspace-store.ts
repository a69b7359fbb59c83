import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ApiError, invalidParameter } from './api-error.ts';
import { readJson, replaceFile } from './durable-file.ts';
import { safeSegments } from './safe-path.ts';

export type ObjectType = 'NOTEBOOK' | 'FILE' | 'DIRECTORY';

export interface StoredObject {
  readonly objectType: ObjectType;
  readonly language?: string;
  readonly objectId: number;
  readonly createdAt: number;
  readonly modifiedAt: number;
  readonly size: number;
}

const ROOTS = ['/', '/Shared', '/Users'];

/**
 * The workspace's tree of notebooks and files. Contents lie on disk under their own names (a notebook has no extension),
 * so that a run can put the folder on Python's path; what each object is stands in an index beside them.
 */
export class WorkspaceStore {
  readonly treeDir: string;
  readonly #indexPath: string;
  readonly #index: Map<string, StoredObject>;
  readonly #now: () => number;
  #saving: Promise<void> = Promise.resolve();

  private constructor(workDir: string, index: Map<string, StoredObject>, now: () => number) {
    this.treeDir = join(workDir, 'workspace', 'tree');
    this.#indexPath = join(workDir, 'workspace', 'index.json');
    this.#index = index;
    this.#now = now;
  }

  static async open(workDir: string, now: () => number): Promise<WorkspaceStore> {
    const stored = (await readJson(join(workDir, 'workspace', 'index.json'))) as
      Record<string, StoredObject> | undefined;
    const store = new WorkspaceStore(workDir, new Map(Object.entries(stored ?? {})), now);
    await mkdir(store.treeDir, { recursive: true });
    for (const root of ROOTS)
      if (!store.#index.has(root)) await store.#put(root, { objectType: 'DIRECTORY', size: 0 });
    return store;
  }

  /** Where an object's content lies on disk. */
  fileOf(path: string): string {
    return join(this.treeDir, ...segmentsOf(path));
  }

  find(path: string): StoredObject | undefined {
    return this.#index.get(normal(path));
  }

  get(path: string): StoredObject {
    const found = this.find(path);
    if (found === undefined)
      throw new ApiError(404, 'RESOURCE_DOES_NOT_EXIST', `Path (${normal(path)}) doesn't exist.`);
    return found;
  }

  async write(
    path: string,
    content: Buffer,
    kind: { objectType: ObjectType; language?: string },
    overwrite: boolean,
  ): Promise<void> {
    const name = normal(path);
    const parent = parentOf(name);
    if (this.#index.get(parent)?.objectType !== 'DIRECTORY') {
      throw new ApiError(404, 'RESOURCE_DOES_NOT_EXIST', `The parent folder (${parent}) does not exist.`);
    }
    const existing = this.#index.get(name);
    if (existing !== undefined && !overwrite) {
      throw new ApiError(
        400,
        'RESOURCE_ALREADY_EXISTS',
        `Node named '${name.split('/').pop()}' already exists`,
      );
    }
    if (existing !== undefined && existing.objectType !== kind.objectType) {
      throw invalidParameter(
        `Cannot overwrite the asset at ${name} due to type mismatch (asked: ${kind.objectType}, actual: ${existing.objectType})`,
      );
    }
    await replaceFile(this.fileOf(name), content);
    await this.#put(name, { ...kind, size: content.length });
  }

  async read(path: string): Promise<Buffer> {
    return readFile(this.fileOf(path));
  }

  async mkdirs(path: string): Promise<void> {
    const segments = segmentsOf(path);
    for (let depth = 1; depth <= segments.length; depth++) {
      const name = `/${segments.slice(0, depth).join('/')}`;
      const existing = this.#index.get(name);
      if (existing !== undefined && existing.objectType !== 'DIRECTORY') {
        throw new ApiError(400, 'RESOURCE_ALREADY_EXISTS', `The path ${name} is not a directory`);
      }
      if (existing === undefined) await this.#put(name, { objectType: 'DIRECTORY', size: 0 });
    }
    await mkdir(this.fileOf(path), { recursive: true });
  }

  children(path: string): [string, StoredObject][] {
    const prefix = normal(path) === '/' ? '/' : `${normal(path)}/`;
    return [...this.#index]
      .filter(([name]) => name !== '/' && name.startsWith(prefix) && !name.slice(prefix.length).includes('/'))
      .sort(([left], [right]) => (left < right ? -1 : 1));
  }

  async delete(path: string, recursive: boolean): Promise<void> {
    const name = normal(path);
    if (ROOTS.includes(name)) throw new ApiError(400, 'BAD_REQUEST', `${name} cannot be deleted`);
    this.get(name);
    const below = [...this.#index.keys()].filter((each) => each.startsWith(`${name}/`));
    if (below.length > 0 && !recursive)
      throw new ApiError(400, 'DIRECTORY_NOT_EMPTY', `Folder (${name}) is not empty`);
    for (const each of [name, ...below]) this.#index.delete(each);
    await this.#save();
    await rm(this.fileOf(name), { recursive: true, force: true });
  }

  async #put(name: string, what: { objectType: ObjectType; language?: string; size: number }): Promise<void> {
    const existing = this.#index.get(name);
    const now = this.#now();
    const objectId =
      existing?.objectId ?? Math.max(100, ...[...this.#index.values()].map((each) => each.objectId)) + 1;
    this.#index.set(name, { ...what, objectId, createdAt: existing?.createdAt ?? now, modifiedAt: now });
    await this.#save();
  }

  /** One write at a time, each of the newest state. */
  #save(): Promise<void> {
    this.#saving = this.#saving
      .catch(() => undefined) // its own caller was told
      .then(() => replaceFile(this.#indexPath, JSON.stringify(Object.fromEntries(this.#index), null, 1)));
    return this.#saving;
  }
}

/** `/Workspace/Shared/x` and `/Shared/x` are the same object. */
export function normal(path: string): string {
  return `/${segmentsOf(path).join('/')}`;
}

function segmentsOf(path: string): string[] {
  const segments = safeSegments(path);
  return segments[0] === 'Workspace' ? segments.slice(1) : segments;
}

function parentOf(name: string): string {
  return name.slice(0, name.lastIndexOf('/')) || '/';
}
