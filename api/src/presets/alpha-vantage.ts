import type { Column } from '../spec/columns.ts';
import type { AlphaVantageSource } from '../spec/source.ts';
import type { FunctionShape } from './alpha-vantage/function-shape.ts';
import { ALPHA_VANTAGE_FUNCTIONS } from './alpha-vantage/functions.ts';

/** What the preset knows of one source: where its records are and what their columns mean. */
export interface AlphaVantagePreset {
  format: 'json' | 'csv';
  /** Whether to ask for that format: functions that have one only do not know the parameter. */
  asksForFormat: boolean;
  /** Beginning of the name of the member that holds the records; absent: the body. */
  container: string | undefined;
  /** Members of the body of which one must be there, where there is no container. */
  needs: readonly string[];
  /** The body is the container, whatever its members. */
  anyBody: boolean;
  /** Expression over the container. */
  records: string;
  /** Expression over the rows of CSV. */
  csvRecords: string;
  /** Values that every record gets from the request, by column name: `{symbol: 'IBM'}`. */
  constants: Record<string, string>;
  columns: Column[];
  /** `whole`: whether every answer holds all records. */
  series: { frequency: string; provisional: 'none' | 'last'; whole: boolean } | undefined;
  emptyWhen: RegExp | undefined;
}

/** The numbering that Alpha Vantage puts before member names: "1. open", "1a. price (CNY)", "5.1: Fast Period". */
const NUMBERING = /^[0-9]+[a-z]?(?:\.[0-9]+)?[.:] /;

/** The name of a member without its numbering: "5. adjusted close" is "adjusted close". */
export function alphaVantageMember(name: string): string {
  return name.replace(NUMBERING, '');
}

/** Whether this version knows the function, and so has a preset for it. */
export function isAlphaVantageFunction(name: string): boolean {
  return ALPHA_VANTAGE_FUNCTIONS.has(name);
}

/** Undefined for a function that this version does not know. */
export function alphaVantagePreset(
  source: Pick<AlphaVantageSource, 'function' | 'parameters'>,
): AlphaVantagePreset | undefined {
  const known = ALPHA_VANTAGE_FUNCTIONS.get(source.function);
  if (known === undefined) return undefined;
  const { formats = ['json', 'csv'], series } = known;
  const parameter = (name: string): string => source.parameters.find((it) => it.name === name)?.value ?? '';
  const format =
    formats.length === 1 ? (formats[0] ?? 'json') : parameter('datatype') === 'csv' ? 'csv' : 'json';
  return {
    format,
    asksForFormat: formats.length > 1,
    container: known.container,
    needs: known.needs ?? [],
    anyBody: known.anyBody ?? false,
    records: known.records,
    csvRecords: known.csvRecords ?? '@',
    emptyWhen: known.emptyWhen,
    columns: known.columns.map((column) => columnIn(format, column, known.csvNames)),
    series:
      series === undefined
        ? undefined
        : {
            frequency: frequency(series.frequency, parameter),
            provisional: series.provisional,
            whole: series.newest?.(parameter) !== true,
          },
    constants: Object.fromEntries(
      Object.entries(known.fromParameters ?? {}).map(([column, name]) => [column, parameter(name)]),
    ),
  };
}

/** CSV names some cells otherwise than JSON its members. */
function columnIn(format: 'json' | 'csv', column: Column, csvNames: FunctionShape['csvNames'] = {}): Column {
  const { path: _path, ...without } = column;
  const named = csvNames[column.name];
  if (format === 'json' || named === undefined) return { ...column };
  return named === column.name ? without : { ...without, path: named };
}

const PERIODS: Readonly<Record<string, string>> = {
  daily: '1d',
  weekly: '1w',
  monthly: '1mo',
  quarterly: '3mo',
  semiannual: '6mo',
  annual: '1y',
};

/** `5min` of Alpha Vantage is `5m` of ours. */
function frequency(template: string, parameter: (name: string) => string): string {
  const written = template.replace(/\{(\w+)(?:\|(\w+))?\}/, (_, name: string, usual = '') => {
    const given = parameter(name);
    return given === '' ? String(usual) : given;
  });
  return PERIODS[written] ?? written.replace(/min$/, 'm');
}
