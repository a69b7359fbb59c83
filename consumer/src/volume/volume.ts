/** One entry of a folder. */
export interface VolumeEntry {
  readonly name: string;
  readonly isDirectory: boolean;
}

/** Where files land: a volume in Databricks, or a folder where there is none. Paths are relative and use `/`. */
export interface Volume {
  /** For messages, such as `/Volumes/main/landing/feeds`. */
  readonly root: string;
  /**
   * Creates a whole file, with the folders above it, or leaves an existing one alone. After a lost answer `exists`
   * may speak of our own first attempt.
   */
  create(path: string, bytes: Buffer, signal?: AbortSignal): Promise<'created' | 'exists'>;
  /** Undefined when there is no such file. */
  read(path: string, signal?: AbortSignal): Promise<Buffer | undefined>;
  /** Entries of one folder; none when there is no such folder. */
  list(path: string, signal?: AbortSignal): AsyncIterable<VolumeEntry>;
}
