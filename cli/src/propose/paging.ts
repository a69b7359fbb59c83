import { isObject, membersOf, type ExactJson } from '@tributary/producer';

const LINKS = /^(next|next_?url|next_?link|next_?page_?url|__next|@odata\.nextLink)$/i;
/** Members that hold a token, and the parameter that takes it. */
const TOKENS: readonly (readonly [member: RegExp, parameter: string])[] = [
  [/^nextPageToken$/, 'pageToken'],
  [/^next_page_token$/, 'page_token'],
  [/^next_?cursor$/i, 'cursor'],
  [/^next_?token$/i, 'next_token'],
  [/^(after|endCursor)$/, 'after'],
];

/** How the next page is asked for, where the body tells it. */
export function pagingOf(body: ExactJson): object | undefined {
  for (const [path, name, text] of texts(body, '', 0)) {
    const link = /^https?:\/\/|^\/\S+|^\?\S+/.test(text);
    if (link && (LINKS.test(name) || /(^|\.)next\.href$/.test(path))) return { nextLink: { path } };
    const token = TOKENS.find(([member]) => member.test(name));
    if (token !== undefined && !link && text !== '') return { cursor: { parameter: token[1], path } };
  }
  return undefined;
}

/** Texts of objects near the top; the records are lists and not looked into. */
function* texts(
  value: ExactJson,
  path: string,
  depth: number,
): Generator<[path: string, name: string, text: string]> {
  if (!isObject(value) || depth > 3) return;
  for (const [name, member] of membersOf(value)) {
    const at = path === '' ? name : `${path}.${name}`;
    if (typeof member === 'string') yield [at, name, member];
    else yield* texts(member, at, depth + 1);
  }
}
