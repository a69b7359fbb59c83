/** Reasons of the condition UpstreamHealthy when it is false, by what has to happen next. */
export const UPSTREAM_REASONS = [
  /** Wait as the API says. */
  'RateLimited',
  'QuotaExhausted',
  /** Try again, with back-off. */
  'UpstreamFailed',
  'Unreachable',
  /** The user must act; polling goes on slowly, in case they do it on the API's side. */
  'AuthFailed',
  'NotEntitled',
  'BadRequest',
  'AddressRefused',
  'SecretMissing',
  'NotYetSupported',
  /** One poll returns more records than are remembered to recognise them. */
  'TooManyRecords',
  /** 200 without what was selected: the cursor is held. */
  'UpstreamShapeChanged',
  /** Pages that lead to themselves: the cursor is held. */
  'PaginationLoops',
  'ResponseTooLarge',
] as const;

export type UpstreamReason = (typeof UPSTREAM_REASONS)[number];
