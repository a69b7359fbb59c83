import { DatabricksTransientError } from '@tributary/databricks';
import type { Volume, VolumeEntry } from '../volume/volume.ts';

/** What happens to a call: it works, it is lost before it arrives, or it is done and its answer is lost. */
export type Fate = 'works' | 'lost' | 'answerLost';

/** A volume behind a bad network. */
export class UnreliableVolume implements Volume {
  readonly root: string;
  readonly #volume: Volume;
  readonly #nextFate: () => Fate;

  constructor(volume: Volume, nextFate: () => Fate) {
    this.root = volume.root;
    this.#volume = volume;
    this.#nextFate = nextFate;
  }

  async create(path: string, bytes: Buffer, signal?: AbortSignal): Promise<'created' | 'exists'> {
    const fate = this.#nextFate();
    if (fate === 'lost') throw lost();
    const result = await this.#volume.create(path, bytes, signal);
    if (fate === 'answerLost') throw lost();
    return result;
  }

  async read(path: string, signal?: AbortSignal): Promise<Buffer | undefined> {
    if (this.#nextFate() !== 'works') throw lost();
    return this.#volume.read(path, signal);
  }

  list(path: string, signal?: AbortSignal): AsyncIterable<VolumeEntry> {
    if (this.#nextFate() !== 'works') throw lost();
    return this.#volume.list(path, signal);
  }
}

function lost(): DatabricksTransientError {
  return new DatabricksTransientError({
    status: 0,
    errorCode: 'NETWORK',
    message: 'the connection was lost',
  });
}
