import { DatabricksTransientError } from '@tributary/databricks';
import type { Volume, VolumeEntry } from '../volume/volume.ts';

/** A volume whose troubles a test chooses: files that arrive late, calls that stand still, listings that are behind. */
export class TroubledVolume implements Volume {
  readonly root: string;
  readonly #volume: Volume;
  #late: (path: string) => boolean = () => false;
  #inFlight: (() => Promise<'created' | 'exists'>) | undefined;
  #thawed = Promise.resolve();
  #thaw: () => void = () => undefined;
  /** Whether a name is missing from listings, though it can be read. */
  hidden: (name: string) => boolean = () => false;

  constructor(volume: Volume) {
    this.root = volume.root;
    this.#volume = volume;
  }

  /** The next file of such a path is taken for lost by its sender; it arrives when `deliver` is called. */
  delay(late: (path: string) => boolean): void {
    this.#late = late;
  }

  get hasInFlight(): boolean {
    return this.#inFlight !== undefined;
  }

  async deliver(): Promise<'created' | 'exists'> {
    if (this.#inFlight === undefined) throw new Error('nothing is on its way');
    return this.#inFlight();
  }

  /** Whoever uses it stands still, as a process does that is stopped, until `thaw`. */
  freeze(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#thawed = promise;
    this.#thaw = resolve;
  }

  thaw(): void {
    this.#thaw();
  }

  async create(path: string, bytes: Buffer, signal?: AbortSignal): Promise<'created' | 'exists'> {
    await this.#thawed;
    if (this.#late(path)) {
      // One request at a time: later attempts do not even leave.
      this.#inFlight ??= () => this.#volume.create(path, bytes);
      throw new DatabricksTransientError({ status: 0, errorCode: 'NETWORK', message: 'no answer' });
    }
    return this.#volume.create(path, bytes, signal);
  }

  async read(path: string, signal?: AbortSignal): Promise<Buffer | undefined> {
    await this.#thawed;
    return this.#volume.read(path, signal);
  }

  async *list(path: string, signal?: AbortSignal): AsyncGenerator<VolumeEntry, void, undefined> {
    await this.#thawed;
    for await (const entry of this.#volume.list(path, signal)) {
      if (!this.hidden(entry.name)) yield entry;
    }
  }
}
