import { setFlagsFromString } from 'node:v8';

/** Flags of V8 as it comes with them, each with what it is in a pod that has little to do. A test asks the running Node. */
export const USUAL_AND_SPARING = [
  ['--maglev', '--no-maglev'],
  ['--turbofan', '--no-turbofan'],
  // So many collections later the code of a function is dropped that has not run since; its source stays.
  ['--bytecode-old-age=6', '--bytecode-old-age=1'],
  ['--no-flush-baseline-code', '--flush-baseline-code'],
] as const;
/** What is set now. The entry and the bundle have a copy of this module each. */
let current: boolean | undefined;

/**
 * What a start runs it never runs again, nor is what a small feed does now and then worth it: to compile it brings two
 * compilers into memory, some 10 MB of an idle pod, for good, and its code 2 MB. V8 asks for these flags whenever it decides,
 * so they may change while it runs.
 */
export function optimizeLater(): void {
  set(false);
}

/** There is work that is worth it. May be called again. */
export function optimizeAsUsual(): void {
  set(true);
}

function set(asUsual: boolean): void {
  if (asUsual === current) return;
  current = asUsual;
  for (const [usual, sparing] of USUAL_AND_SPARING) setFlagsFromString(asUsual ? usual : sparing);
}
