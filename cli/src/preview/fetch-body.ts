import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import type { StreamSourceSpec } from '@tributary/api';
import { bodyText, compileSource, HttpFetcher } from '@tributary/producer';
import type { SecretFolder, SecretRegistry } from '@tributary/runtime';
import { CliError } from '../output/cli-error.ts';

/** A body, and where it is from. */
export interface Body {
  text: string;
  from: string;
}

/** A recorded answer; `-` is standard input. */
export async function bodyOfFile(file: string, charset: string | undefined): Promise<Body> {
  try {
    const bytes = file === '-' ? await buffer(process.stdin) : await readFile(file);
    return { text: bodyText(bytes, { charset }), from: file === '-' ? 'standard input' : file };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError('FileUnreadable', `${file} cannot be read (${code})`, 'check the path', {
      cause: error,
    });
  }
}

/** One real request, with secrets out of a folder as the pods have it. It counts against the quota. */
export async function bodyOfApi(
  spec: StreamSourceSpec,
  folder: SecretFolder,
  secrets: SecretRegistry,
  signal: AbortSignal,
): Promise<Body> {
  refuseRotation(spec);
  const source = compileSource(spec.source, folder);
  const fetcher = new HttpFetcher({
    redact: (text) => secrets.redact(text),
    allowPrivate: source.allowPrivate,
    timeoutMs: source.timeoutMs,
    userAgent: 'tributary-preview',
  });
  try {
    const now = Date.now();
    const window = source.windows?.live(undefined, now, true).window;
    const request = await source.request(
      { token: undefined, cursor: undefined, window },
      {
        now: () => now,
        fetch: (other) => fetcher.fetch(other, signal),
        kept: { read: () => undefined, write: () => Promise.resolve() },
      },
    );
    const { body } = await fetcher.fetch(request, signal);
    return { text: secrets.redact(body), from: secrets.redact(request.url.href) };
  } finally {
    fetcher.close();
  }
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
