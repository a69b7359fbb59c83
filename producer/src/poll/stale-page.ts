import type { UpstreamReason } from '@tributary/api';
import { UpstreamError } from '../fetch/upstream-error.ts';

/** What says nothing about the page: the next one would fare no better. */
const NOT_OF_THE_PAGE: readonly UpstreamReason[] = [
  'RateLimited',
  'QuotaExhausted',
  'Unreachable',
  'SecretMissing',
];
/** What passes by itself mostly, though some APIs answer so to a token that they have forgotten. */
const MAY_PASS: readonly UpstreamReason[] = [
  'UpstreamFailed',
  'AuthFailed',
  'NotEntitled',
  'ResponseTooLarge',
];
const MOST_TRIES = 3;

/** Tells when the page that an interrupted poll was to go on with is gone, or it would be asked for for ever. */
export class StalePage {
  #token: string | undefined;
  #tries = 0;

  /** The page of `token` could not be had; true when the poll had better begin anew. */
  failed(token: string, error: UpstreamError): boolean {
    if (NOT_OF_THE_PAGE.includes(error.code)) return false;
    if (!MAY_PASS.includes(error.code)) return true;
    this.#tries = token === this.#token ? this.#tries + 1 : 1;
    this.#token = token;
    return this.#tries >= MOST_TRIES;
  }

  /** A page was had, so that failures of another time do not count with those to come. */
  answered(): void {
    this.#tries = 0;
  }
}

/** Going on with the page that it failed at would fail in the same way for ever. */
export function endsRun(error: unknown): boolean {
  return error instanceof UpstreamError && error.code === 'PaginationLoops';
}
