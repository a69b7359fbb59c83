import { ECONOMY } from './economy.ts';
import { FUNDAMENTALS } from './fundamentals.ts';
import type { FunctionShape } from './function-shape.ts';
import { INDICATORS } from './indicators.ts';
import { INTELLIGENCE } from './intelligence.ts';
import { QUOTES } from './quotes.ts';
import { RECENT } from './recent.ts';
import { SERIES } from './series.ts';

/** The functions that this version reads. */
export const ALPHA_VANTAGE_FUNCTIONS: ReadonlyMap<string, FunctionShape> = new Map([
  ...SERIES,
  ...QUOTES,
  ...FUNDAMENTALS,
  ...INTELLIGENCE,
  ...ECONOMY,
  ...INDICATORS,
  ...RECENT,
]);
