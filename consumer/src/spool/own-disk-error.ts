import { codeOf } from '../files/durable.ts';

/** Our own disk fails or lost a file: only a new process, which looks at what there is, goes on from here. */
export class OwnDiskError extends Error {
  /** Of the file system, such as `ENOENT`. */
  readonly code: string;

  constructor(local: string, cause: unknown) {
    super(`${local} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'OwnDiskError';
    this.code = codeOf(cause);
  }
}
