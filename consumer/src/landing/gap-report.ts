import { z } from 'zod';
import { ConsumerError } from '../errors.ts';
import { gapPath } from '../files/file-path.ts';
import type { Volume } from '../volume/volume.ts';
import { parseStored } from './parse-stored.ts';
import { readExisting } from './read-existing.ts';

/** Content of `_meta/gaps/<partition>-<from>.json`: offsets that the topic no longer held when we came to read them. */
export interface Gap {
  readonly partition: number;
  /** First offset that no file holds. */
  readonly from: string;
  /** Last offset that was gone; some of these may have been markers. */
  readonly to: string;
  readonly foundAt: string;
}

/**
 * Delivery 5: written before any file behind the gap, so that an audit finds it for ever. Where one was reported before,
 * by us or by another, and retention has gone on since, a second report says of the rest.
 */
export async function reportGap(
  volume: Volume,
  feed: string,
  topicId: string,
  gap: Gap,
  signal?: AbortSignal,
): Promise<void> {
  for (let { from } = gap; BigInt(from) <= BigInt(gap.to);) {
    const path = gapPath(feed, topicId, gap.partition, BigInt(from));
    const bytes = Buffer.from(`${JSON.stringify({ ...gap, from })}\n`);
    if ((await volume.create(path, bytes, signal)) === 'created') return;
    from = String(BigInt(await reportedTo(volume, path, signal)) + 1n);
  }
}

const offset = z.string().regex(/^\d{1,19}$/);
const reported = z.object({ to: offset });

async function reportedTo(volume: Volume, path: string, signal?: AbortSignal): Promise<string> {
  const report = parseStored(reported, await readExisting(volume, path, signal));
  if (report !== undefined) return report.to;
  throw new ConsumerError('FileMalformed', `${volume.root}/${path} is not a report of a gap`);
}
