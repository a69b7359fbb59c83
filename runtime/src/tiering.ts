import { setFlagsFromString } from 'node:v8';

/** V8's optimising compilers, as it comes with. A test compares them with what the running Node says. */
export const COMPILERS = ['maglev', 'turbofan'] as const;
/** What is set now. The entry and the bundle have a copy of this module each. */
let current: boolean | undefined;

/**
 * What a start runs it never runs again, nor is what a small feed does now and then worth it: to compile it brings two
 * compilers into memory, some 10 MB of an idle pod, for good. V8 asks for these flags whenever it decides, so they may change
 * while it runs.
 */
export function optimizeLater(): void {
  set(false);
}

/** There is work that is worth it. May be called again. */
export function optimizeAsUsual(): void {
  set(true);
}

function set(optimizing: boolean): void {
  if (optimizing === current) return;
  current = optimizing;
  for (const compiler of COMPILERS) setFlagsFromString(optimizing ? `--${compiler}` : `--no-${compiler}`);
}
