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

/** Something else has to happen first; it is looked at again when it changes, and after `requeueAfterMs` at the latest. */
export class WaitError extends Error {
  override readonly name = 'WaitError';
  readonly reason: string;
  readonly requeueAfterMs: number;

  constructor(reason: string, message: string, requeueAfterMs = 30_000) {
    super(message);
    this.reason = reason;
    this.requeueAfterMs = requeueAfterMs;
  }
}
