import { alphaVantagePreset } from '@tributary/api';
import type { ProposedRequest } from './request-of-url.ts';

/** The preset that asks what a URL asks, for a provider that has one; its columns need no declaring. */
export function presetOf({ url, query }: ProposedRequest, feed: string): object | undefined {
  if (!URL.canParse(url) || !/(^|\.)alphavantage\.co$/.test(new URL(url).hostname)) return undefined;
  const name = query.find((parameter) => parameter.name === 'function')?.value ?? '';
  const parameters = query.filter((parameter) => parameter.name !== 'function');
  if (alphaVantagePreset({ function: name, parameters }) === undefined) return undefined;
  return {
    alphaVantage: {
      function: name,
      ...(parameters.length === 0 ? {} : { parameters }),
      apiKeyFrom: { secretKeyRef: { name: feed, key: 'apiKey' } },
    },
  };
}
