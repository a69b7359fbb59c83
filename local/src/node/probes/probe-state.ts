/** What a row of probe answers amounts to. Pure: answers come in, verdicts go out. */
import type { Probe } from '../types.ts';

export interface ProbeLimits {
  successThreshold: number;
  failureThreshold: number;
}

export type Verdict = 'unknown' | 'success' | 'failure';

export class ProbeState {
  readonly #limits: ProbeLimits;
  #verdict: Verdict;
  #last: boolean | undefined;
  #inRow = 0;

  constructor(limits: ProbeLimits, initial: Verdict) {
    this.#limits = limits;
    this.#verdict = initial;
  }

  get verdict(): Verdict {
    return this.#verdict;
  }

  /** Takes one answer in and returns the verdict from now on. */
  take(succeeded: boolean): Verdict {
    this.#inRow = succeeded === this.#last ? this.#inRow + 1 : 1;
    this.#last = succeeded;
    const { successThreshold, failureThreshold } = this.#limits;
    if (this.#inRow >= (succeeded ? successThreshold : failureThreshold))
      this.#verdict = succeeded ? 'success' : 'failure';
    return this.#verdict;
  }
}

export interface ProbeTiming extends ProbeLimits {
  initialDelayMs: number;
  periodMs: number;
  timeoutMs: number;
}

/** With the defaults that the API server fills in. */
export function timingOf(probe: Probe): ProbeTiming {
  return {
    initialDelayMs: (probe.initialDelaySeconds ?? 0) * 1000,
    periodMs: (probe.periodSeconds ?? 10) * 1000,
    timeoutMs: (probe.timeoutSeconds ?? 1) * 1000,
    successThreshold: probe.successThreshold ?? 1,
    failureThreshold: probe.failureThreshold ?? 3,
  };
}
