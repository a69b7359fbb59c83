import { setFlagsFromString } from 'node:v8';

/**
 * How often V8 runs a function before it compiles it with an optimising compiler, as it comes. A test compares them with what
 * the running Node says.
 */
export const USUAL: Readonly<Record<string, number>> = {
  'invocation-count-for-maglev': 400,
  'invocation-count-for-maglev-osr': 100,
  'invocation-count-for-early-optimization': 30,
  'invocation-count-for-turbofan': 3_000,
  'invocation-count-for-osr': 500,
};
const LATER = 10;
/** What is set now. The entry and the bundle have a copy of this module each. */
let current: number | undefined;

/**
 * What a start runs it never runs again, and to compile it brings two compilers into memory, some 10 MB of an idle pod. V8
 * reads these numbers whenever it decides, so they may change while it runs.
 */
export function optimizeLater(): void {
  set(LATER);
}

/** The start is over, and work begins. May be called again. */
export function optimizeAsUsual(): void {
  set(1);
}

function set(factor: number): void {
  if (factor === current) return;
  current = factor;
  for (const [flag, count] of Object.entries(USUAL)) setFlagsFromString(`--${flag}=${count * factor}`);
}
