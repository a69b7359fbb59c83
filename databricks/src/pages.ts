import { DatabricksTransientError } from './errors.ts';
import { objects } from './read-fields.ts';

const MAX_PAGES = 100_000;

/**
 * Walks a paged list to its end, which is only where the token is absent: a page may be empty and have a successor.
 * A token that repeats would never end, so it is an error.
 */
export async function* pages(
  fetchPage: (pageToken: string | undefined) => Promise<Record<string, unknown>>,
  itemsField: string,
): AsyncGenerator<Record<string, unknown>, void, undefined> {
  let token: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await fetchPage(token);
    yield* objects(answer, itemsField);
    const next = answer['next_page_token'];
    if (typeof next !== 'string' || next === '') return;
    if (next === token) break;
    token = next;
  }
  throw new DatabricksTransientError({
    status: 200,
    errorCode: 'ENDLESS_LIST',
    message: `the list of ${itemsField} does not end`,
  });
}
