import { REDACTED } from '@tributary/runtime/redacted';

/**
 * A link of the API without the parameters that hold our key, whether it is quoted there in clear or taken out already: it
 * is kept in `.state` and told in messages, and the key is ours to add (Delivery 8). Everything else stays as it was
 * written. `keyParameter` is where we send our key, if in the query.
 */
export function keylessLink(link: string, keyParameter: string | undefined): string {
  const at = link.indexOf('?');
  if (at < 0) return link;
  const kept = link
    .slice(at + 1)
    .split('&')
    .filter((pair) => {
      const [[name, value] = ['', '']] = new URLSearchParams(pair);
      return name !== keyParameter && !value.includes(REDACTED);
    });
  return link.slice(0, at) + (kept.length === 0 ? '' : `?${kept.join('&')}`);
}
