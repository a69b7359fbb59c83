import type { Surroundings } from './prepare.ts';

const TELL_EVERY_MS = 10_000;

/**
 * Commits what is in the volume to the consumer group, so that Kafka's own tools show the lag. Nothing resumes from it
 * (Delivery 5), so a failure is only said.
 */
export async function tellProgress(
  { kafka, config, clock, log }: Surroundings,
  uploadedUpTo: () => ReadonlyMap<number, bigint>,
  signal: AbortSignal,
): Promise<void> {
  const { topic } = config.kafka;
  let told = new Map<number, bigint>();
  for (;;) {
    await clock.sleep(TELL_EVERY_MS, signal).catch(() => undefined); // the loop looks at the signal
    if (signal.aborted) return;
    const now = new Map([...uploadedUpTo()].filter(([, offset]) => offset > 0n));
    if ([...now].every(([partition, offset]) => told.get(partition) === offset)) continue;
    try {
      await kafka.commitGroupOffsets(topic, topic, now);
      told = now;
    } catch (error) {
      log.warn({ err: error }, 'progress could not be told to the consumer group');
    }
  }
}
