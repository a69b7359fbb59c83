import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ApiError, invalidParameter } from './api-error.ts';
import { readJson, replaceFile } from './durable-file.ts';
import { readObject, type Call, type Reply, type Route } from './http-server.ts';
import { decodeSegments } from './safe-path.ts';

interface CatalogState {
  /** `catalog.schema` */
  schemas: Record<string, { id: string; createdAt: number }>;
  /** `catalog.schema.volume` */
  volumes: Record<string, { id: string; createdAt: number }>;
}

const NAME = /^[A-Za-z0-9_-]{1,255}$/;

/** Unity Catalog's schemas and volumes; a volume is a folder `<catalog>/<schema>/<volume>` under the volumes folder. */
export class Catalog {
  readonly volumesDir: string;
  readonly #statePath: string;
  readonly #catalogs: ReadonlySet<string>;
  readonly #state: CatalogState;
  readonly #now: () => number;

  private constructor(workDir: string, catalogs: readonly string[], state: CatalogState, now: () => number) {
    this.volumesDir = join(workDir, 'volumes');
    this.#statePath = join(workDir, 'catalog.json');
    this.#catalogs = new Set(catalogs);
    this.#state = state;
    this.#now = now;
  }

  static async open(workDir: string, catalogs: readonly string[], now: () => number): Promise<Catalog> {
    const state = (await readJson(join(workDir, 'catalog.json'))) as CatalogState | undefined;
    const catalog = new Catalog(workDir, catalogs, state ?? { schemas: {}, volumes: {} }, now);
    await mkdir(catalog.volumesDir, { recursive: true });
    return catalog;
  }

  /** The folder of `/Volumes/<catalog>/<schema>/<volume>/…`; 404 when the volume is not there. */
  folderOf(segments: readonly string[]): { readonly file: string; readonly inside: readonly string[] } {
    const [root, catalog, schema, volume, ...inside] = segments;
    if (root !== 'Volumes' || catalog === undefined || schema === undefined || volume === undefined) {
      throw invalidParameter('Path must start with /Volumes/<catalog>/<schema>/<volume>');
    }
    if (!this.#catalogs.has(catalog))
      throw new ApiError(404, 'NOT_FOUND', `Catalog '${catalog}' does not exist.`);
    const schemaName = `${catalog}.${schema}`;
    if (!Object.hasOwn(this.#state.schemas, schemaName))
      throw new ApiError(404, 'NOT_FOUND', `Schema '${schemaName}' does not exist.`);
    const name = `${schemaName}.${volume}`;
    if (!Object.hasOwn(this.#state.volumes, name))
      throw new ApiError(404, 'NOT_FOUND', `Volume '${name}' does not exist.`);
    return { file: join(this.volumesDir, catalog, schema, volume, ...inside), inside };
  }

  routes(): Route[] {
    const root = '/api/2.1/unity-catalog';
    return [
      { method: 'POST', path: `${root}/schemas`, handle: (call) => this.#createSchema(call) },
      {
        method: 'GET',
        path: `${root}/schemas/`,
        handle: (call) => ({ json: this.#schema(fullName(call, 2)) }),
      },
      { method: 'DELETE', path: `${root}/schemas/`, handle: (call) => this.#deleteSchema(call) },
      { method: 'POST', path: `${root}/volumes`, handle: (call) => this.#createVolume(call) },
      { method: 'GET', path: `${root}/volumes`, handle: (call) => this.#listVolumes(call) },
      {
        method: 'GET',
        path: `${root}/volumes/`,
        handle: (call) => ({ json: this.#volume(fullName(call, 3)) }),
      },
      { method: 'DELETE', path: `${root}/volumes/`, handle: (call) => this.#deleteVolume(call) },
    ];
  }

  async #createSchema(call: Call): Promise<Reply> {
    const body = await readObject(call);
    const catalog = nameField(body, 'catalog_name');
    const name = `${catalog}.${nameField(body, 'name')}`;
    if (!this.#catalogs.has(catalog))
      throw new ApiError(404, 'CATALOG_DOES_NOT_EXIST', `Catalog '${catalog}' does not exist.`);
    if (Object.hasOwn(this.#state.schemas, name))
      throw new ApiError(409, 'SCHEMA_ALREADY_EXISTS', `Schema '${name}' already exists`);
    this.#state.schemas[name] = { id: randomUUID(), createdAt: this.#now() };
    await this.#save();
    return { json: this.#schema(name) };
  }

  async #deleteSchema(call: Call): Promise<Reply> {
    const name = fullName(call, 2);
    this.#schema(name);
    if (
      Object.keys(this.#state.volumes).some((volume) => volume.startsWith(`${name}.`)) &&
      call.query.get('force') !== 'true'
    ) {
      throw new ApiError(400, 'SCHEMA_NOT_EMPTY', `Schema '${name}' is not empty`);
    }
    for (const volume of Object.keys(this.#state.volumes).filter((each) => each.startsWith(`${name}.`))) {
      delete this.#state.volumes[volume];
    }
    delete this.#state.schemas[name];
    await this.#save();
    await rm(join(this.volumesDir, ...name.split('.')), { recursive: true, force: true });
    return { json: {} };
  }

  async #createVolume(call: Call): Promise<Reply> {
    const body = await readObject(call);
    const schema = `${nameField(body, 'catalog_name')}.${nameField(body, 'schema_name')}`;
    const name = `${schema}.${nameField(body, 'name')}`;
    if (!Object.hasOwn(this.#state.schemas, schema))
      throw new ApiError(404, 'SCHEMA_DOES_NOT_EXIST', `Schema '${schema}' does not exist.`);
    if (body['volume_type'] !== 'MANAGED') throw invalidParameter('only MANAGED volumes are served here');
    if (Object.hasOwn(this.#state.volumes, name))
      throw new ApiError(409, 'VOLUME_ALREADY_EXISTS', `Volume '${name}' already exists`);
    await mkdir(join(this.volumesDir, ...name.split('.')), { recursive: true });
    this.#state.volumes[name] = { id: randomUUID(), createdAt: this.#now() };
    await this.#save();
    return { json: this.#volume(name) };
  }

  #listVolumes(call: Call): Reply {
    const prefix = `${call.query.get('catalog_name') ?? ''}.${call.query.get('schema_name') ?? ''}.`;
    const names = Object.keys(this.#state.volumes).filter((name) => name.startsWith(prefix));
    return { json: { volumes: names.sort().map((name) => this.#volume(name)) } };
  }

  async #deleteVolume(call: Call): Promise<Reply> {
    const name = fullName(call, 3);
    this.#volume(name);
    delete this.#state.volumes[name];
    await this.#save();
    await rm(join(this.volumesDir, ...name.split('.')), { recursive: true, force: true });
    return { json: {} };
  }

  #schema(fullName: string): Record<string, unknown> {
    const entry = Object.hasOwn(this.#state.schemas, fullName) ? this.#state.schemas[fullName] : undefined;
    if (entry === undefined)
      throw new ApiError(404, 'SCHEMA_DOES_NOT_EXIST', `Schema '${fullName}' does not exist.`);
    const [catalog, name] = fullName.split('.');
    return {
      catalog_name: catalog,
      name,
      full_name: fullName,
      schema_id: entry.id,
      created_at: entry.createdAt,
    };
  }

  #volume(fullName: string): Record<string, unknown> {
    const entry = Object.hasOwn(this.#state.volumes, fullName) ? this.#state.volumes[fullName] : undefined;
    if (entry === undefined)
      throw new ApiError(404, 'VOLUME_DOES_NOT_EXIST', `Volume '${fullName}' does not exist.`);
    const [catalog, schema, name] = fullName.split('.');
    return {
      catalog_name: catalog,
      schema_name: schema,
      name,
      full_name: fullName,
      volume_type: 'MANAGED',
      volume_id: entry.id,
      created_at: entry.createdAt,
    };
  }

  async #save(): Promise<void> {
    await replaceFile(this.#statePath, JSON.stringify(this.#state, null, 2));
  }
}

/** Whether nothing is in a folder. */
export async function isEmpty(folder: string): Promise<boolean> {
  return (await readdir(folder)).length === 0;
}

function fullName(call: Call, parts: number): string {
  const name = decodeSegments(call.rest).join('.');
  if (name.split('.').length !== parts || !name.split('.').every((part) => NAME.test(part))) {
    throw invalidParameter(`'${name}' is not a full name of ${parts} parts`);
  }
  return name;
}

function nameField(body: Record<string, unknown>, field: string): string {
  const value = body[field];
  if (typeof value !== 'string' || !NAME.test(value))
    throw invalidParameter(`${field} must be a name of letters, digits, _ and -`);
  return value;
}
