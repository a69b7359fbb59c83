import { durationMs, type Column, type HttpSource } from '@tributary/api';
import { parseEventTime } from '../extract/event-time.ts';
import type { HttpRequest } from '../fetch/http-fetcher.ts';
import type { Authentication } from './authentication.ts';
import type { PageAsked, RequestContext } from './feed-source.ts';
import type { Pager } from './pagination.ts';
import { fill, type TemplateValues } from './request-template.ts';
import { timeLike, timeText } from './time-text.ts';

/** Makes the requests of an HTTP source: templates filled, page located, who we are proven. */
export class HttpRequests {
  readonly #source: HttpSource;
  readonly #pager: Pager;
  readonly #authentication: Authentication;
  readonly #cursorColumn: Column | undefined;

  constructor(
    source: HttpSource,
    parts: { pager: Pager; authentication: Authentication; cursorColumn: Column | undefined },
  ) {
    this.#source = source;
    this.#pager = parts.pager;
    this.#authentication = parts.authentication;
    this.#cursorColumn = parts.cursorColumn;
  }

  async make(page: PageAsked, context: RequestContext): Promise<HttpRequest> {
    const { request, charset, archiveFile } = this.#source;
    const values = this.#values(page);
    const first = new URL(
      fill(
        request.url,
        eachValue(values, (value) => encodeURIComponent(value ?? '')),
      ) ?? '',
    );
    for (const { name, value } of request.query) {
      const filled = fill(value, values);
      if (filled !== undefined) first.searchParams.append(name, filled);
    }
    const headers = request.headers.flatMap(({ name, value }): [string, string][] => {
      const filled = fill(value, values);
      return filled === undefined ? [] : [[name, filled]];
    });
    const proof = await this.#authentication.prove(context);
    for (const [name, value] of proof.query) first.searchParams.append(name, value);
    const filled = this.#body(values);
    const body = this.#pager.place === undefined ? filled : this.#pager.place(filled, page.token);
    return {
      method: request.method,
      url: this.#pager.locate(first, page.token),
      headers: [...headers, ...proof.headers],
      ...(proof.tls === undefined ? {} : { tls: proof.tls }),
      ...(body === undefined ? {} : { body }),
      ...(charset === undefined ? {} : { charset }),
      ...(archiveFile === undefined ? {} : { archiveFile }),
    };
  }

  #values({ cursor, window }: PageAsked): TemplateValues {
    const writing = this.#source.window ?? {};
    return {
      cursor: cursor === undefined ? this.#source.cursor?.start : this.#setBack(cursor),
      'window.start': window === undefined ? undefined : timeText(window.from, writing),
      'window.end': window === undefined ? undefined : timeText(window.to, writing),
    };
  }

  /** Earlier by the lookback, in the same writing; what it brings again is recognised by its content. */
  #setBack(cursor: string): string {
    const { lookback } = this.#source.cursor ?? {};
    if (lookback === undefined) return cursor;
    const { format, zone } = this.#cursorColumn ?? {};
    const ms = parseEventTime(cursor, { format, zone });
    if (ms === undefined) return cursor;
    return timeLike(ms - durationMs(lookback), cursor, { format, zone }) ?? cursor;
  }

  /** Within JSON a quote in a value would end the text that it stands in. */
  #body(values: TemplateValues): string | undefined {
    const { body } = this.#source.request;
    if (body === undefined) return undefined;
    const json = /^\s*[[{]/.test(body);
    return fill(
      body,
      eachValue(values, (value = '') => (json ? JSON.stringify(value).slice(1, -1) : value)),
    );
  }
}

function eachValue(values: TemplateValues, write: (value: string | undefined) => string): TemplateValues {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, write(value)]));
}
