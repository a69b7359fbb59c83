import { UpstreamError } from '../fetch/upstream-error.ts';
import type { PageRead } from './pages-ahead.ts';

/**
 * Finds pages that lead to themselves: a token that has been followed in this run already, or a page like the one before
 * it, from an API that does not heed the page it is asked for. Going on would spend every request on the same records.
 */
export class LoopCheck {
  readonly #followed = new Set<string>();
  #before: string | undefined;

  constructor(first: string | undefined) {
    if (first !== undefined) this.#followed.add(first);
  }

  check({ next, count, fingerprint }: Pick<PageRead, 'next' | 'count' | 'fingerprint'>): void {
    if (next === undefined) return;
    if (this.#followed.has(next))
      throw loops(`the next page of a page is one that was read before it: ${next.slice(0, 200)}`);
    this.#followed.add(next);
    if (count > 0 && fingerprint === this.#before)
      throw loops('two pages in a row are the same; does the API know this pagination?');
    this.#before = fingerprint;
  }
}

function loops(message: string): UpstreamError {
  return new UpstreamError('PaginationLoops', message);
}
