import { channel } from 'node:diagnostics_channel';

/** What a transaction has come to: its partitions are known to the coordinator, its records are in the log, it is committed. */
export type TransactionStep = 'begun' | 'appended' | 'committed';

const steps = channel('tributary.transaction');

/** Told to whoever listens in this process: a trace, or a test that ends the process right there. */
export function transactionReached(step: TransactionStep): void {
  if (steps.hasSubscribers) steps.publish(step);
}
