import type { SignalOption } from './files.ts';
import { text, type Fields } from './read-fields.ts';
import type { Transport } from './transport.ts';

export interface Schema {
  readonly catalog: string;
  readonly name: string;
}

export interface Volume {
  readonly catalog: string;
  readonly schema: string;
  readonly name: string;
  readonly type: string;
}

const ROOT = '/api/2.1/unity-catalog';

/** Unity Catalog 2.1: as much as a landing place needs. */
export class UnityCatalog {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async createSchema(catalog: string, name: string, options: SignalOption = {}): Promise<Schema> {
    const json = { catalog_name: catalog, name };
    return parseSchema(
      await this.#transport.json({ method: 'POST', path: `${ROOT}/schemas`, json, signal: options.signal }),
    );
  }

  async getSchema(catalog: string, name: string, options: SignalOption = {}): Promise<Schema> {
    const path = `${ROOT}/schemas/${fullName(catalog, name)}`;
    return parseSchema(await this.#transport.json({ method: 'GET', path, signal: options.signal }));
  }

  async deleteSchema(catalog: string, name: string, options: SignalOption = {}): Promise<void> {
    await this.#transport.send({
      method: 'DELETE',
      path: `${ROOT}/schemas/${fullName(catalog, name)}`,
      signal: options.signal,
    });
  }

  /** A managed volume. */
  async createVolume(
    catalog: string,
    schema: string,
    name: string,
    options: SignalOption = {},
  ): Promise<Volume> {
    const json = { catalog_name: catalog, schema_name: schema, name, volume_type: 'MANAGED' };
    return parseVolume(
      await this.#transport.json({ method: 'POST', path: `${ROOT}/volumes`, json, signal: options.signal }),
    );
  }

  async getVolume(
    catalog: string,
    schema: string,
    name: string,
    options: SignalOption = {},
  ): Promise<Volume> {
    const path = `${ROOT}/volumes/${fullName(catalog, schema, name)}`;
    return parseVolume(await this.#transport.json({ method: 'GET', path, signal: options.signal }));
  }

  async deleteVolume(
    catalog: string,
    schema: string,
    name: string,
    options: SignalOption = {},
  ): Promise<void> {
    await this.#transport.send({
      method: 'DELETE',
      path: `${ROOT}/volumes/${fullName(catalog, schema, name)}`,
      signal: options.signal,
    });
  }
}

function fullName(...parts: string[]): string {
  for (const part of parts) {
    if (part === '' || /[./\0]/.test(part)) throw new TypeError(`not a Unity Catalog name: "${part}"`);
  }
  return encodeURIComponent(parts.join('.'));
}

function parseSchema(fields: Fields): Schema {
  return { catalog: text(fields, 'catalog_name'), name: text(fields, 'name') };
}

function parseVolume(fields: Fields): Volume {
  return {
    catalog: text(fields, 'catalog_name'),
    schema: text(fields, 'schema_name'),
    name: text(fields, 'name'),
    type: text(fields, 'volume_type'),
  };
}
