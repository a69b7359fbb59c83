import { channel } from 'node:diagnostics_channel';

/** What happens to a page beside its transactions, in this order. */
export type PollStep = 'requestCounted' | 'bodyRead' | 'extracted' | 'remembered';

const steps = channel('tributary.poll');

/** Told to whoever listens in this process: a trace, or a test that ends the process right there. */
export function pollReached(step: PollStep): void {
  if (steps.hasSubscribers) steps.publish(step);
}
