/**
 * What went wrong in Databricks, told apart by what the caller must do about it.
 *
 * `errorCode` is Databricks' own where it sent one, else one of ours (`NETWORK`, `DEADLINE`, `UNEXPECTED_ANSWER`,
 * `CONTENT_NOT_STORED`, `HTTP_<status>`). Nothing here ever carries a request's headers, body or credentials.
 */
export type DatabricksErrorKind = 'retry' | 'wait' | 'user' | 'conflict' | 'notFound';

export interface DatabricksErrorDetails {
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  readonly errorCode: string;
  readonly message: string;
  /** Method and route, such as `PUT /api/2.0/fs/files/Volumes/…`, without query values. */
  readonly request?: string | undefined;
}

export class DatabricksError extends Error {
  readonly status: number;
  readonly errorCode: string;
  readonly request: string | undefined;
  readonly kind: DatabricksErrorKind;

  constructor(kind: DatabricksErrorKind, details: DatabricksErrorDetails) {
    super(details.message);
    this.name = new.target.name;
    this.kind = kind;
    this.status = details.status;
    this.errorCode = details.errorCode;
    this.request = details.request;
  }
}

/** The same call may work later: network trouble, 5xx, or an answer cut short. Back off and call again. */
export class DatabricksTransientError extends DatabricksError {
  constructor(details: DatabricksErrorDetails) {
    super('retry', details);
  }
}

/** Databricks asked for patience: do nothing before `retryAfterMs` have passed. */
export class DatabricksWaitError extends DatabricksError {
  readonly retryAfterMs: number;
  constructor(details: DatabricksErrorDetails, retryAfterMs: number) {
    super('wait', details);
    this.retryAfterMs = retryAfterMs;
  }
}

/** Repeating is useless until a person changes something; `action` says what. */
export class DatabricksUserError extends DatabricksError {
  readonly action: string;
  constructor(details: DatabricksErrorDetails, action: string) {
    super('user', details);
    this.action = action;
  }
}

/** The name is taken, or another writer was first. */
export class DatabricksConflictError extends DatabricksError {
  constructor(details: DatabricksErrorDetails) {
    super('conflict', details);
  }
}

/** The object asked for (or the folder it should go into) is not there. */
export class DatabricksNotFoundError extends DatabricksError {
  constructor(details: DatabricksErrorDetails) {
    super('notFound', details);
  }
}
