import type { HttpSource } from '@tributary/api';
import { cellText, type ExactJson } from '../extract/exact-json.ts';
import { findPath } from '../extract/member-path.ts';
import type { HttpAnswer } from '../fetch/http-fetcher.ts';
import { UpstreamError } from '../fetch/upstream-error.ts';
import { withMember } from './body-member.ts';
import { keylessLink } from './keyless-link.ts';

type Pagination = NonNullable<HttpSource['pagination']>;

/** How the pages of one poll follow each other. */
export interface Pager {
  /** Turns the first request's URL into that of the page. */
  locate(first: URL, token: string | undefined): URL;
  /** Turns the first request's body into that of the page, where pages are asked for by the body. */
  place?(first: string | undefined, token: string | undefined): string | undefined;
  /** Token of the page after this one; undefined when this was the last. */
  next(page: {
    token: string | undefined;
    /** Records of the page, or items that they are made of, whichever is more. */
    count: number;
    body: ExactJson;
    answer: HttpAnswer;
  }): string | undefined;
}

const SINGLE: Pager = { locate: (first) => first, next: () => undefined };

/** `keyParameter` is where our key is sent, if in the query: links of the API may repeat it. */
export function compilePager(pagination: Pagination | undefined, keyParameter?: string): Pager {
  const pager = pagerOf(pagination, keyParameter);
  const parameter = (pagination?.page ?? pagination?.offset ?? pagination?.cursor)?.parameter;
  return pagination?.where === 'body' && parameter !== undefined ? inBody(pager, parameter) : pager;
}

/** As the same pager would put it into the URL. */
function inBody(pager: Pager, parameter: string): Pager {
  return {
    next: (page) => pager.next(page),
    locate: (first) => first,
    place: (first, token) => {
      const value = pager.locate(new URL('https://body.invalid'), token).searchParams.get(parameter);
      return value === null ? first : withMember(first, parameter, value);
    },
  };
}

function pagerOf(pagination: Pagination | undefined, keyParameter: string | undefined): Pager {
  if (pagination?.page !== undefined) return numberedPages(pagination.page);
  if (pagination?.offset !== undefined) return recordOffsets(pagination.offset);
  if (pagination?.cursor !== undefined) return bodyToken(pagination.cursor);
  if (pagination?.nextLink !== undefined) {
    const { path } = pagination.nextLink;
    return links(({ body }) => textAt(body, path), keyParameter);
  }
  if (pagination?.linkHeader !== undefined) {
    const { rel } = pagination.linkHeader;
    return links(({ answer }) => linkTarget(answer.headers['link'], rel), keyParameter);
  }
  return SINGLE;
}

/** Without a page size the first empty page ends the poll. */
function numberedPages({ parameter, start, size = 1 }: NonNullable<Pagination['page']>): Pager {
  return {
    locate: (first, token) => withParameter(first, parameter, token ?? String(start)),
    next: ({ token, count }) => (count < size ? undefined : String(Number(token ?? start) + 1)),
  };
}

function recordOffsets({ parameter, size }: NonNullable<Pagination['offset']>): Pager {
  return {
    locate: (first, token) => withParameter(first, parameter, token ?? '0'),
    next: ({ token, count }) => (count < size ? undefined : String(Number(token ?? '0') + size)),
  };
}

function bodyToken({ parameter, path }: NonNullable<Pagination['cursor']>): Pager {
  return {
    locate: (first, token) => (token === undefined ? first : withParameter(first, parameter, token)),
    next: ({ body }) => textAt(body, path),
  };
}

type Page = Parameters<Pager['next']>[0];

/** The next page's address comes from outside: it must stay with the host that was asked, or the key would leave it. */
function links(target: (page: Page) => string | undefined, keyParameter: string | undefined): Pager {
  return {
    locate: (first, token) => {
      if (token === undefined) return first;
      const url = URL.parse(keylessLink(token, keyParameter), first.href);
      if (url === null || url.origin !== first.origin)
        throw new UpstreamError('AddressRefused', `the next page lies outside ${first.origin}`);
      // The key is ours to add: what the link says of it is gone.
      for (const [name, value] of first.searchParams)
        if (!url.searchParams.has(name)) url.searchParams.append(name, value);
      return url;
    },
    next: (page) => {
      const link = target(page);
      return link === undefined ? undefined : keylessLink(link, keyParameter);
    },
  };
}

function withParameter(url: URL, name: string, value: string): URL {
  const changed = new URL(url);
  changed.searchParams.set(name, value);
  return changed;
}

function textAt(body: ExactJson, path: string): string | undefined {
  const found = typeof body === 'object' ? findPath(body, path)?.value : undefined;
  const text = found === undefined ? null : cellText(found);
  return text === null || text === '' || text === 'false' ? undefined : text;
}

/** Target of a relation in a Link header (RFC 8288). */
function linkTarget(header: string | undefined, rel: string): string | undefined {
  for (const [, target = '', parameters = ''] of (header ?? '').matchAll(/<([^<>]*)>([^<]*)/g)) {
    const [, quoted, bare] = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,]+))/i.exec(parameters) ?? [];
    if ((quoted ?? bare ?? '').split(/\s+/).includes(rel)) return target;
  }
  return undefined;
}
