import type { Column } from '../../spec/columns.ts';
import type { ParameterRules } from './parameters.ts';

/** How one Alpha Vantage function answers: data only, so that a function is added by adding a row. */
export interface FunctionShape {
  parameters: ParameterRules;
  /** Formats that it can answer in. @default json and csv */
  formats?: readonly ('json' | 'csv')[];
  /** The records are in the member of the body whose name begins so; wording after it changes with interval and entitlement. Absent: the body is the container. */
  container?: string;
  /** Expression that makes records of the container (its `$` is the body), both without the numbering of names. */
  records: string;
  /** Expression that makes records of the rows of CSV. @default the rows are the records */
  csvRecords?: string;
  /** Where there is no container: members of the body of which one must be there, or its shape has changed. */
  needs?: readonly string[];
  /** The body is the container, whatever it holds: nobody has recorded an answer yet. */
  anyBody?: boolean;
  /** Columns whose value is a parameter of the request, by column name: `{symbol: 'symbol'}`. */
  fromParameters?: Readonly<Record<string, string>>;
  /** Paths in JSON; `csvNames` says where the CSV names a cell otherwise. */
  columns: readonly Column[];
  /** Names of cells in CSV by column, where they differ from the path in JSON. */
  csvNames?: Readonly<Record<string, string>>;
  /** `{parameter}` in a frequency is that parameter's value, `{parameter|daily}` with what the function does without it. */
  series?: ShapeOfSeries;
  /** Refusals that mean that there is nothing, in words. */
  emptyWhen?: RegExp;
}

type Newest = (valueOf: (parameter: string) => string) => boolean;

interface ShapeOfSeries {
  frequency: string;
  provisional: 'none' | 'last';
  /**
   * Whether an answer holds the newest records only, by the parameters of the request: a record may then leave the answers
   * before it was final. @default every answer holds all records
   */
  newest?: Newest;
}

/** Bars of minutes are the newest hundred or month of them, unless asked for otherwise: they are gone within hours or days. */
export const NEWEST_MINUTES: Newest = (valueOf) =>
  valueOf('interval').endsWith('min') && valueOf('outputsize') !== 'full' && valueOf('month') === '';

export type FunctionEntry = readonly [name: string, shape: FunctionShape];

/** Equities are reported in the exchange's local time, said only in the body's Meta Data. */
export const EXCHANGE_ZONE = 'America/New_York';
