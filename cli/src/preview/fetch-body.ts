import { setTimeout } from 'node:timers/promises';
import { durationMs, type StreamSourceSpec } from '@tributary/api';
import {
  compileSource,
  HttpFetcher,
  UpstreamError,
  type FeedSource,
  type HttpAnswer,
  type PageRead,
} from '@tributary/producer';
import type { SecretFolder, SecretRegistry } from '@tributary/runtime';
import { CliError } from '../output/cli-error.ts';

/** A page of a poll, as the API answered. */
export interface FetchedPage extends PageRead {
  /** Its URL, without secrets. */
  from: string;
}

/** Pages of one poll by real requests, with secrets out of a folder as the pods have it. They count against the quota. */
export async function pagesOfApi(
  spec: StreamSourceSpec,
  most: number,
  { folder, secrets, signal }: { folder: SecretFolder; secrets: SecretRegistry; signal: AbortSignal },
): Promise<FetchedPage[]> {
  refuseRotation(spec);
  const source = compileSource(spec.source, folder);
  const fetcher = new HttpFetcher({
    redact: (text) => secrets.redact(text),
    allowPrivate: source.allowPrivate,
    timeoutMs: source.timeoutMs,
    userAgent: 'tributary-preview',
  });
  const now = Date.now();
  const window = source.windows?.live(undefined, now, true).window;
  const pages: FetchedPage[] = [];
  try {
    for (let token: string | undefined; pages.length < most;) {
      if (pages.length > 0) await setTimeout(gapMs(source.limits), undefined, { signal });
      const request = await source.request(
        { token, cursor: undefined, window },
        {
          now: () => now,
          fetch: (other) => fetcher.fetch(other, signal),
          kept: { read: () => undefined, write: () => Promise.resolve() },
        },
      );
      const answer = await fetcher.fetch(request, signal).catch(refusedAnswer);
      if (answer instanceof UpstreamError) {
        pages.push({ ...refusedPage(answer), token, from: secrets.redact(request.url.href) });
        break;
      }
      const body = secrets.redact(answer.body);
      pages.push({ answer: { ...answer, body }, token, from: secrets.redact(request.url.href) });
      token = pages.length < most ? nextToken(source, answer, token) : undefined;
      if (token === undefined) break;
    }
    return pages;
  } finally {
    fetcher.close();
  }
}

/** A refusal is an answer as well. */
function refusedAnswer(error: unknown): UpstreamError {
  if (error instanceof UpstreamError && error.answer !== undefined) return error;
  throw error;
}

/** The page that a refusal is. */
export function refusedPage(refusal: UpstreamError): PageRead {
  const { status, body } = refusal.answer ?? { status: 0, body: '' };
  return { answer: { status, body, headers: {} }, refusal };
}

/** What is wrong with an answer is told of it later; no page follows it. */
function nextToken(source: FeedSource, answer: HttpAnswer, token: string | undefined): string | undefined {
  try {
    return source.read(answer, { token, cursor: undefined }).next;
  } catch {
    return undefined;
  }
}

/** Time between two requests that keeps the limits of a minute and less. */
function gapMs(limits: FeedSource['limits']): number {
  const gaps = limits.map(({ requests, per }) => [durationMs(per), durationMs(per) / requests] as const);
  return Math.max(0, ...gaps.filter(([per]) => per <= 60_000).map(([, gap]) => gap));
}

/** Many providers take a refresh token once: used here, it would be gone for the feed. */
function refuseRotation({ source }: StreamSourceSpec): void {
  if (source.http?.auth?.oauth2?.refreshTokenFrom === undefined) return;
  throw new CliError(
    'WouldUseUpToken',
    'a preview with auth.oauth2.refreshTokenFrom would use up the refresh token that the feed needs',
    'give a saved answer with --response',
  );
}
