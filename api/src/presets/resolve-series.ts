import type { StreamSourceSpec } from '../spec/stream-source-spec.ts';
import { alphaVantagePreset } from './alpha-vantage.ts';
import { resolveColumns } from './resolve-columns.ts';

/** A feed as a time series: what is declared, completed by what its preset knows. */
export interface FeedSeries {
  frequency: string;
  availableAfter?: string;
  provisional: 'none' | 'last';
  /** Whether every poll asks for all records again, so that silence about one says that it has not changed. */
  whole: boolean;
  /** Whose days, weeks and months they are. @default UTC */
  zone?: string;
}

/** Undefined where neither the feed nor its preset says anything of it. */
export function resolveSeries(
  spec: Pick<StreamSourceSpec, 'source' | 'columns' | 'series'>,
): FeedSeries | undefined {
  const { source, series: declared } = spec;
  const preset =
    source.alphaVantage === undefined ? undefined : alphaVantagePreset(source.alphaVantage)?.series;
  const frequency = declared?.frequency ?? preset?.frequency;
  if (frequency === undefined) return undefined;
  const availableAfter = declared?.availableAfter;
  // Whoever says from when on a record is final says that it was not before.
  const unsaid = availableAfter === undefined ? (preset?.provisional ?? 'none') : 'last';
  const zone = declared?.zone ?? resolveColumns(spec).find(({ role }) => role === 'time')?.zone;
  return {
    frequency,
    ...(availableAfter === undefined ? {} : { availableAfter }),
    provisional: declared?.provisional ?? unsaid,
    // Of a request nobody can tell whether it moves on: a limit or a range that the API adds by itself does not show.
    whole: declared?.answers === undefined ? (preset?.whole ?? false) : declared.answers === 'all',
    ...(zone === undefined ? {} : { zone }),
  };
}
