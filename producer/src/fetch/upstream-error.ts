import type { UpstreamReason } from '@tributary/api';

/** The API did not give what was asked for. The message holds no secret once the registry has redacted it. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  readonly code: UpstreamReason;
  /** Not before this many milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** What was answered, where it was no 2xx: redacted and bounded. */
  readonly answer: { readonly status: number; readonly body: string } | undefined;

  constructor(
    code: UpstreamReason,
    message: string,
    options: {
      cause?: unknown;
      retryAfterMs?: number | undefined;
      answer?: { readonly status: number; readonly body: string } | undefined;
    } = {},
  ) {
    super(message.slice(0, 1_000), { cause: options.cause });
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
    this.answer = options.answer;
  }

  /** Whether only the user can mend it. */
  get needsUser(): boolean {
    return [
      'AuthFailed',
      'NotEntitled',
      'BadRequest',
      'AddressRefused',
      'SecretMissing',
      'NotYetSupported',
      'TooManyRecords',
    ].includes(this.code);
  }
}
