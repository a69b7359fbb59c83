import { readFile } from 'node:fs/promises';
import { manifestPath } from '@tributary/api';
import { ConsumerError } from '../errors.ts';
import { manifestOf, readFacts, type FileFacts, type FilePlace, type Totals } from '../files/file-facts.ts';
import type { SpooledFile } from '../spool/spooled-file.ts';
import type { Volume } from '../volume/volume.ts';
import { checkAgreement } from './agreement.ts';
import { readManifest, writeManifest } from './manifest-file.ts';
import { dialectOf } from './schema-file.ts';

export interface Landed {
  /** Path of the file that holds the claim: ours, or the winner's. */
  readonly path: string;
  readonly lastOffset: bigint;
  /** Where reading goes on behind it. */
  readonly next: bigint;
  readonly totals: Totals;
  /** Whether the claim was another's, so that our file may end elsewhere. */
  readonly adopted: boolean;
}

/**
 * Delivery 4: uploads one file and its manifest. Creating the name of a first offset is the claim on it; where it is
 * taken the winner's file is compared and adopted. Any step may be repeated after a crash.
 */
export async function claim(
  volume: Volume,
  feed: string,
  own: SpooledFile,
  before: Totals,
  signal?: AbortSignal,
): Promise<Landed> {
  // The manifest's name knows neither schema nor compression, so it also tells of a claim made under another one.
  const known = await readManifest(
    volume,
    manifestPath(feed, own.topicId, own.partition, String(own.firstOffset)),
    signal,
  );
  if (
    known === undefined &&
    (await volume.create(own.path, await readFile(own.local), signal)) === 'created'
  ) {
    return record(volume, feed, own, own, own.next, before, signal);
  }
  const winner: FilePlace = known ?? own;
  const bytes = await volume.read(winner.path, signal);
  if (bytes === undefined) {
    throw new ConsumerError('ContentDisagrees', `${volume.root}/${winner.path} has a manifest but is gone`);
  }
  const csv = winner.schema === own.schema ? own.csv : await dialectOf(volume, feed, winner, signal);
  const facts = await readFacts(winner.path, own.partition, bytes, csv);
  if (facts.sha256 !== own.sha256) await checkAgreement(own, { ...winner, csv, bytes });
  const next = known === undefined ? facts.lastOffset + 1n : BigInt(known.nextOffset);
  return { ...(await record(volume, feed, winner, facts, next, before, signal)), adopted: true };
}

async function record(
  volume: Volume,
  feed: string,
  place: FilePlace,
  facts: FileFacts,
  next: bigint,
  before: Totals,
  signal: AbortSignal | undefined,
): Promise<Landed> {
  const totals = { rows: before.rows + facts.rows, files: before.files + 1 };
  await writeManifest(volume, feed, manifestOf(place, facts, next, totals), signal);
  return { path: place.path, lastOffset: facts.lastOffset, next, totals, adopted: false };
}
