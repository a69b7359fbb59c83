/** Something a user can put right: what happened, and what to do. */
export class CliError extends Error {
  readonly code: string;
  readonly remedy: string;

  constructor(code: string, message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CliError';
    this.code = code;
    this.remedy = remedy;
  }
}

export const EXIT = {
  ok: 0,
  /** It was done, and something is wrong. */
  findings: 1,
  /** It could not be done. */
  failed: 2,
} as const;
