import { gapPath } from '../files/file-path.ts';
import type { Volume } from '../volume/volume.ts';

/** Content of `_meta/gaps/<partition>-<from>.json`: offsets that the topic no longer held when we came to read them. */
export interface Gap {
  readonly partition: number;
  /** First offset that no file holds. */
  readonly from: string;
  /** Last offset that was gone; some of these may have been markers. */
  readonly to: string;
  readonly foundAt: string;
}

/** Delivery 5: written before any file behind the gap, so that an audit finds it for ever. */
export async function reportGap(
  volume: Volume,
  feed: string,
  topicId: string,
  gap: Gap,
  signal?: AbortSignal,
): Promise<void> {
  const path = gapPath(feed, topicId, gap.partition, BigInt(gap.from));
  // `exists`: found before, by us or by another, at an earlier start of the log. That report stands.
  await volume.create(path, Buffer.from(`${JSON.stringify(gap)}\n`), signal);
}
