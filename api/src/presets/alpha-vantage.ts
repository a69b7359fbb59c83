import type { Column } from '../spec/columns.ts';
import type { AlphaVantageSource } from '../spec/source.ts';
import { ALPHA_VANTAGE_FUNCTIONS, type FunctionShape } from './alpha-vantage-functions.ts';

/** What the preset knows of one source: where its records are and what their columns mean. */
export interface AlphaVantagePreset extends Omit<FunctionShape, 'fromParameters'> {
  /** Values that every record gets from the request, by column name: `{symbol: 'IBM'}`. */
  constants: Record<string, string>;
}

/** The numbering that Alpha Vantage puts before member names: "1. open", "1a. price (CNY)", "5.1: Fast Period". */
const NUMBERING = /^[0-9]+[a-z]?(?:\.[0-9]+)?[.:] /;

/** The name of a member without its numbering: "5. adjusted close" is "adjusted close". */
export function alphaVantageMember(name: string): string {
  return name.replace(NUMBERING, '');
}

/** Undefined for a function that this version does not know. */
export function alphaVantagePreset(
  source: Pick<AlphaVantageSource, 'function' | 'parameters'>,
): AlphaVantagePreset | undefined {
  const known = ALPHA_VANTAGE_FUNCTIONS.get(source.function);
  if (known === undefined) return undefined;
  const { fromParameters, ...shape } = known;
  const parameter = (name: string): string => source.parameters.find((it) => it.name === name)?.value ?? '';
  return {
    ...shape,
    columns: shape.columns.map((column): Column => ({ ...column })),
    series: { ...shape.series, frequency: frequency(shape.series.frequency, parameter) },
    constants: Object.fromEntries(
      Object.entries(fromParameters).map(([column, name]) => [column, parameter(name)]),
    ),
  };
}

/** `5min` of Alpha Vantage is `5m` of ours. */
function frequency(template: string, parameter: (name: string) => string): string {
  return template.replace(/\{(\w+)\}/, (_, name: string) => parameter(name)).replace(/min$/, 'm');
}
