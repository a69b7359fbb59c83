import { alphaVantagePreset, type AlphaVantageSource } from '@tributary/api';
import type { SecretFolder } from '@tributary/runtime';
import { UpstreamError } from '../fetch/upstream-error.ts';
import { compileAlphaVantageReader } from './alpha-vantage-answer.ts';
import { secretOf } from './credentials.ts';
import type { FeedSource } from './feed-source.ts';

const TIMEOUT_MS = 30_000;
/** Words for a missing value in Alpha Vantage's answers. */
const NULLS = ['None', '.', '-'];

export function compileAlphaVantage(source: AlphaVantageSource, secrets: SecretFolder): FeedSource {
  const preset = alphaVantagePreset(source);
  if (preset === undefined)
    throw new UpstreamError(
      'NotYetSupported',
      `this version cannot read the Alpha Vantage function ${source.function} yet`,
    );
  const read = compileAlphaVantageReader(preset);
  return {
    limits: source.limits,
    allowPrivate: source.allowPrivate,
    timeoutMs: TIMEOUT_MS,
    maxPages: 1,
    requestName: '',
    conditional: true,
    nulls: NULLS,
    cursorColumn: undefined,
    request: async () => {
      const url = new URL(source.baseUrl);
      url.searchParams.append('function', source.function);
      for (const { name, value } of source.parameters) url.searchParams.append(name, value);
      url.searchParams.append('apikey', await secretOf(secrets, source.apiKeyFrom));
      return { method: 'GET', url, headers: [] };
    },
    read: ({ body }) => read(body),
  };
}
