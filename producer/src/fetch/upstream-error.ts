/** Reasons of the condition UpstreamHealthy, by what has to happen next. */
export type UpstreamReason =
  /** Wait as the API says. */
  | 'RateLimited'
  | 'QuotaExhausted'
  /** Try again, with back-off. */
  | 'UpstreamFailed'
  | 'Unreachable'
  /** The user must act; polling goes on slowly, in case they do it on the API's side. */
  | 'AuthFailed'
  | 'NotEntitled'
  | 'BadRequest'
  | 'AddressRefused'
  | 'SecretMissing'
  | 'NotYetSupported'
  /** One poll returns more records than are remembered to recognise them. */
  | 'TooManyRecords'
  /** 200 without what was selected: the cursor is held. */
  | 'UpstreamShapeChanged'
  /** Pages that lead to themselves: the cursor is held. */
  | 'PaginationLoops'
  | 'ResponseTooLarge';

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
