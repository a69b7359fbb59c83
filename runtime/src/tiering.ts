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
const START_UP_MS = 1_000;

/**
 * What a start runs it never runs again, and to compile it brings two compilers into memory, some 10 MB of an idle pod. Real
 * work passes these numbers within milliseconds. V8 reads them whenever it decides, so they may change while it runs.
 */
export function optimizeLaterDuringStart(): void {
  set(LATER);
  setTimeout(() => set(1), START_UP_MS).unref();
}

function set(factor: number): void {
  for (const [flag, count] of Object.entries(USUAL)) setFlagsFromString(`--${flag}=${count * factor}`);
}
