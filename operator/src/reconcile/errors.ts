/** A person must act: no retry, but what they change is watched. Becomes `Stalled`. */
export class StallError extends Error {
  override readonly name = 'StallError';
  /** One word, as conditions have it. */
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface WaitOptions {
  /** It is looked at again then, if nothing changes before. @default 30 s */
  requeueAfterMs?: number;
  /** What is over sooner is not worth a word in a status that says "in progress" anyway. @default 2 s */
  tellAfterMs?: number;
}

/** Something else has to happen first; a change of it brings the feed back. */
export class WaitError extends Error {
  override readonly name = 'WaitError';
  readonly reason: string;
  readonly requeueAfterMs: number;
  readonly tellAfterMs: number;

  constructor(
    reason: string,
    message: string,
    { requeueAfterMs = 30_000, tellAfterMs = 2_000 }: WaitOptions = {},
  ) {
    super(message);
    this.reason = reason;
    this.requeueAfterMs = requeueAfterMs;
    this.tellAfterMs = tellAfterMs;
  }
}

/**
 * Strimzi has been asked and has not answered. Where many feeds come at once it takes its time for each, and a word on that would
 * be one more write for each of them, on an API server that is busy enough.
 */
export const WHILE_STRIMZI_IS_SILENT: WaitOptions = { tellAfterMs: 10_000 };
