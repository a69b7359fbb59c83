import { DatabricksConflictError, DatabricksNotFoundError, type Files } from '@tributary/databricks';
import { volumeRoot } from '@tributary/api';
import { MAX_FILE_BYTES } from '../partition/cut.ts';
import type { Volume, VolumeEntry } from './volume.ts';

/** A file ends with the record that reaches its limit, and Kafka's are seldom of more than some MiB. */
const MAX_READ_BYTES = 2 * MAX_FILE_BYTES;

/** A Unity Catalog volume through the Files API. */
export class DatabricksVolume implements Volume {
  readonly root: string;
  readonly #files: Files;

  constructor(files: Files, volume: { catalog: string; schema: string; volume: string }) {
    this.#files = files;
    this.root = volumeRoot(volume);
  }

  async create(path: string, bytes: Buffer, signal?: AbortSignal): Promise<'created' | 'exists'> {
    try {
      await this.#files.upload(this.#at(path), bytes, {
        overwrite: false,
        createParents: true,
        ...withSignal(signal),
      });
      return 'created';
    } catch (error) {
      if (error instanceof DatabricksConflictError) return 'exists';
      throw error;
    }
  }

  async read(path: string, signal?: AbortSignal): Promise<Buffer | undefined> {
    try {
      return await this.#files.download(this.#at(path), {
        maxBytes: MAX_READ_BYTES,
        ...withSignal(signal),
      });
    } catch (error) {
      if (error instanceof DatabricksNotFoundError) return undefined;
      throw error;
    }
  }

  async *list(path: string, signal?: AbortSignal): AsyncGenerator<VolumeEntry, void, undefined> {
    try {
      for await (const { name, isDirectory } of this.#files.list(this.#at(path), withSignal(signal))) {
        yield { name, isDirectory };
      }
    } catch (error) {
      if (!(error instanceof DatabricksNotFoundError)) throw error;
    }
  }

  #at(path: string): string {
    return `${this.root}/${path}`;
  }
}

function withSignal(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
