import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, normalize, sep } from 'node:path';
import { redacted } from './redacted.ts';

const SHORTEST_REDACTED = 4;

/** Every secret value that this process has read, so that none leaves it in a log, status, header or record (Delivery 8). */
export class SecretRegistry {
  /** Longest first: a secret may hold another. */
  #values: readonly string[] = [];

  /** In every form that they may be written in, for another thread of this process; the same array as long as they are the same. */
  get values(): readonly string[] {
    return this.#values;
  }

  add(value: string): void {
    // Very short values would redact half of every text; they cannot be told from words.
    const more = [...formsOf(value)].filter(
      (form) => form.length >= SHORTEST_REDACTED && !this.#values.includes(form),
    );
    if (more.length === 0) return;
    this.#values = [...this.#values, ...more].sort((a, b) => b.length - a.length);
  }

  /** For what was a secret for a while, such as an access token that has been replaced. */
  remove(value: string): void {
    const forms = formsOf(value);
    this.#values = this.#values.filter((known) => !forms.has(known));
  }

  redact(text: string): string {
    return redacted(text, this.#values);
  }
}

/** How a value may be written where it is echoed. */
function formsOf(value: string): Set<string> {
  return new Set([
    value,
    encodeURIComponent(value),
    new URLSearchParams([['', value]]).toString().slice(1),
    JSON.stringify(value).slice(1, -1),
    Buffer.from(value).toString('base64'),
  ]);
}

/** A secret cannot be read; names the file and the remedy, never the value. */
export class SecretMissingError extends Error {
  override readonly name = 'SecretMissingError';
  readonly code = 'SecretMissing';
}

/** A folder of mounted secret files. Read again at each use: Kubernetes swaps them when they are rotated. */
export class SecretFolder {
  readonly #path: string;
  readonly #registry: SecretRegistry;

  constructor(path: string, registry: SecretRegistry) {
    this.#path = path;
    this.#registry = registry;
  }

  /** The file's text without a final line break; undefined when there is no such file. */
  async readOptional(
    name: string,
    { secret = true }: { secret?: boolean } = {},
  ): Promise<string | undefined> {
    const path = this.#resolve(name);
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) =>
      unlessMissing(path, error),
    );
    return text === undefined ? undefined : this.#accept(text, secret);
  }

  async read(name: string): Promise<string> {
    return this.#require(name, await this.readOptional(name));
  }

  /** For libraries that ask for a secret where nothing can be awaited, such as on each new connection. */
  readSync(name: string, { secret = true }: { secret?: boolean } = {}): string {
    const path = this.#resolve(name);
    let text: string | undefined;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      text = unlessMissing(path, error as NodeJS.ErrnoException);
    }
    return this.#require(name, text === undefined ? undefined : this.#accept(text, secret));
  }

  /** Something made of secrets, such as a header, is as secret as they are. */
  remember(derived: string): void {
    this.#registry.add(derived);
  }

  /** It has been replaced and opens nothing any more. */
  forget(derived: string): void {
    this.#registry.remove(derived);
  }

  /** A folder of secrets says where it is, never what it holds. */
  toString(): string {
    return `secrets of ${this.#path}`;
  }

  #resolve(name: string): string {
    const path = normalize(join(this.#path, name));
    if (!path.startsWith(normalize(this.#path) + sep))
      throw new SecretMissingError(`secret ${name} lies outside ${this.#path}`);
    return path;
  }

  #accept(text: string, secret: boolean): string {
    const value = text.replace(/\r?\n$/, '');
    if (secret) this.#registry.add(value);
    return value;
  }

  #require(name: string, value: string | undefined): string {
    if (value === undefined || value === '') {
      throw new SecretMissingError(
        `secret file ${join(this.#path, name)} is missing or empty; check that the Secret has the key ${name.split('/').at(-1)}`,
      );
    }
    return value;
  }
}

function unlessMissing(path: string, error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw new SecretMissingError(`secret file ${path} cannot be read (${error.code}); check its permissions`, {
    cause: error,
  });
}
