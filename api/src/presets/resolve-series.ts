import type { StreamSourceSpec } from '../spec/stream-source-spec.ts';
import { alphaVantagePreset } from './alpha-vantage.ts';
import { httpOf } from './http-of.ts';

/** A feed as a time series: what is declared, completed by what its preset knows. */
export interface FeedSeries {
  frequency: string;
  availableAfter?: string;
  provisional: 'none' | 'last';
  /** Whether every poll asks for all records again, so that silence about one says that it has not changed. */
  whole: boolean;
}

/** Undefined where neither the feed nor its preset says anything of it. */
export function resolveSeries({
  source,
  series: declared,
}: Pick<StreamSourceSpec, 'source' | 'series'>): FeedSeries | undefined {
  const preset =
    source.alphaVantage === undefined ? undefined : alphaVantagePreset(source.alphaVantage)?.series;
  const frequency = declared?.frequency ?? preset?.frequency;
  if (frequency === undefined) return undefined;
  const availableAfter = declared?.availableAfter;
  // Whoever says from when on a record is final says that it was not before.
  const unsaid = availableAfter === undefined ? (preset?.provisional ?? 'none') : 'last';
  return {
    frequency,
    ...(availableAfter === undefined ? {} : { availableAfter }),
    provisional: declared?.provisional ?? unsaid,
    whole: asksForAll(source),
  };
}

const TEMPLATE = '{{';

function asksForAll(source: StreamSourceSpec['source']): boolean {
  const { alphaVantage } = source;
  if (alphaVantage !== undefined) return !isMovingWindow(alphaVantage.parameters);
  const http = httpOf(source);
  return http !== undefined && !JSON.stringify(http.request).includes(TEMPLATE);
}

/** Alpha Vantage answers bars of minutes with the newest hundred, unless asked for more: they are gone within hours. */
function isMovingWindow(parameters: readonly { name: string; value: string }[]): boolean {
  const valueOf = (name: string): string | undefined => parameters.find((it) => it.name === name)?.value;
  return (
    valueOf('interval')?.endsWith('min') === true &&
    valueOf('outputsize') !== 'full' &&
    valueOf('month') === undefined
  );
}
