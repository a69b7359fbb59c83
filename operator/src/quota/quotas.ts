import { divideQuota, type QuotaDivision } from '@tributary/api';
import { splitKey } from '../kube/index.ts';
import type { ApiQuota } from './api-quota.ts';
import { byPrecedence, claimOf, quotaOf, type Claimant } from './claims.ts';

export interface QuotasOptions<F extends Claimant> {
  quota: (name: string, namespace: string) => ApiQuota | undefined;
  /** Feeds that name the quota. */
  feeds: (key: string, namespace: string) => F[];
  /** The quota `ns/name` may have to be divided anew. */
  onChange: (key: string) => void;
}

/** How each quota is divided by now; computed once for each change of it or of its feeds. */
export class Quotas<F extends Claimant> {
  readonly #options: QuotasOptions<F>;
  readonly #divisions = new Map<string, QuotaDivision>();

  constructor(options: QuotasOptions<F>) {
    this.#options = options;
  }

  /** Undefined while there is no such quota. `key` is `ns/name`. */
  division(key: string): QuotaDivision | undefined {
    const quota = this.#quota(key);
    if (quota?.spec === undefined) return undefined;
    const known = this.#divisions.get(key);
    if (known !== undefined) return known;
    const claims = this.feeds(key).flatMap((feed) => claimOf(feed) ?? []);
    const division = divideQuota(quota.spec.limits, claims);
    this.#divisions.set(key, division);
    return division;
  }

  /** In order of precedence. */
  feeds(key: string): F[] {
    const { namespace = '' } = splitKey(key);
    return this.#options
      .feeds(key, namespace)
      .filter((feed) => quotaOf(feed) === key)
      .toSorted(byPrecedence);
  }

  quotaChanged(key: string): void {
    this.#divisions.delete(key);
    this.#options.onChange(key);
  }

  /** Of the two states of a feed, either may be missing. */
  feedChanged(old: F | undefined, next: F | undefined): void {
    const [before, after] = [old, next].map((feed) => (feed === undefined ? undefined : quotaOf(feed)));
    if (old !== undefined && next !== undefined && before === after && sameSchedule(old, next)) return;
    for (const key of new Set([before, after])) if (key !== undefined) this.quotaChanged(key);
  }

  #quota(key: string): ApiQuota | undefined {
    const { namespace = '', name } = splitKey(key);
    return this.#options.quota(name, namespace);
  }
}

function sameSchedule(a: Claimant, b: Claimant): boolean {
  return (
    a.metadata.uid === b.metadata.uid &&
    JSON.stringify(claimOf(a)?.schedule) === JSON.stringify(claimOf(b)?.schedule)
  );
}
