import { isAlphaVantageFunction } from './presets/alpha-vantage.ts';
import type { HttpSource } from './spec/source.ts';
import type { StreamSourceSpec } from './spec/stream-source-spec.ts';

/** A field that the API accepts and this version does not act on yet. */
interface Gap {
  field: string;
  asks: (spec: StreamSourceSpec) => boolean;
}

/** Templates that the producer fills. */
const TEMPLATE = /\{\{\s*([^}\s]*)\s*\}\}/g;
const FILLED = new Set(['cursor', 'window.start', 'window.end']);

const usesOtherTemplates = (request: HttpSource['request']): boolean =>
  [...JSON.stringify(request).matchAll(TEMPLATE)].some(([, name]) => !FILLED.has(name ?? ''));

/** Whoever builds the effect of a field deletes its line. */
const GAPS: readonly Gap[] = [
  {
    field: 'spec.source.alphaVantage.function',
    asks: ({ source: { alphaVantage } }) =>
      alphaVantage !== undefined && !isAlphaVantageFunction(alphaVantage.function),
  },
  {
    field: 'spec.source.http.request',
    asks: ({ source: { http } }) => http !== undefined && usesOtherTemplates(http.request),
  },
];

/** Fields of `spec` that are accepted without effect, for the condition FullySupported: never silence. */
export function notYetSupported(spec: StreamSourceSpec): string[] {
  return GAPS.filter(({ asks }) => asks(spec)).map(({ field }) => field);
}
