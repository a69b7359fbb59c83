import { reportGap } from '../landing/gap-report.ts';
import type { SpooledFile } from '../spool/spooled-file.ts';
import { feedOf, withVolume, type Surroundings } from './prepare.ts';

/**
 * Delivery 5, for files of a topic that is no more (in offset order): nothing of it can be read again, so that what is
 * missing between `next` and them, as after damage to our own disk, is a gap for ever.
 */
export async function reportHoles(
  around: Surroundings,
  files: readonly SpooledFile[],
  next: bigint,
  signal: AbortSignal,
): Promise<void> {
  const { volume, clock, log } = around;
  let end = next;
  for (const { topicId, partition, from, lastOffset } of files) {
    if (from > end) {
      const gap = { partition, from: String(end), to: String(from - 1n) };
      log.error({ ...gap, topicId }, 'records of a topic that is no more are lost');
      const foundAt = new Date(clock.now()).toISOString();
      await withVolume(around, signal, () =>
        reportGap(volume, feedOf(around), topicId, { ...gap, foundAt }, signal),
      );
    }
    end = lastOffset + 1n;
  }
}
