import { readFile } from 'node:fs/promises';
import { manifestPath } from '@tributary/api';
import { ConsumerError } from '../errors.ts';
import {
  manifestOf,
  sha256Of,
  type FileFacts,
  type FilePlace,
  type StoredManifest,
  type Totals,
} from '../files/file-facts.ts';
import type { LayoutName } from '../partition/layout.ts';
import { OwnDiskError } from '../spool/own-disk-error.ts';
import type { SpooledFile } from '../spool/spooled-file.ts';
import type { Volume } from '../volume/volume.ts';
import { checkAgreement } from './agreement.ts';
import { closeSchema, pathUnder, recompressed, winnerOf, type Winner } from './closing.ts';
import { layoutBehind, readManifest, writeManifest } from './manifest-file.ts';
import { readExisting } from './read-existing.ts';
import { dialectOf } from './schema-file.ts';

export interface Landed {
  /** Path of the file that holds the claim: ours, or the winner's. */
  readonly path: string;
  /** Of that file's bytes. */
  readonly sha256: string;
  readonly lastOffset: bigint;
  /** Where reading goes on behind it. */
  readonly next: bigint;
  /** The only layout under which the next file of the partition may land. */
  readonly layout: LayoutName;
  readonly totals: Totals;
  /** Whether the claim was another's, so that our file may end elsewhere. */
  readonly adopted: boolean;
}

export interface Claim {
  readonly volume: Volume;
  readonly feed: string;
  readonly own: SpooledFile;
  /** Under which layout the files before it say that it lands. */
  readonly expected: LayoutName;
  /** Whether we would have the next ones compressed. */
  readonly gzip: boolean;
  readonly before: Totals;
}

/**
 * Delivery 4: uploads one file and its manifest. Creating the name of a first offset is the claim on it; where it is
 * taken the winner's file is compared and adopted. Any step may be repeated after a crash. Undefined where our file's
 * schema was closed before its first offset, so that its records belong to another layout.
 */
export async function claim(claimed: Claim, signal?: AbortSignal): Promise<Landed | undefined> {
  const { volume, feed, own } = claimed;
  const at = manifestPath(feed, own.topicId, own.partition, String(own.firstOffset));
  const known = await readManifest(volume, at, signal);
  if (known !== undefined) {
    const csv = await dialectOf(volume, feed, known, signal);
    const bytes = await volume.read(known.path, signal);
    if (bytes === undefined)
      throw new ConsumerError('ContentDisagrees', `${volume.root}/${known.path} has a manifest and is gone`);
    const winner = await winnerOf(bytes, known, csv);
    if (winner === undefined)
      throw new ConsumerError('ContentDisagrees', `${volume.root}/${at} speaks of a file without rows`);
    return adopt(claimed, winner, BigInt(known.nextOffset), signal);
  }
  let { expected } = claimed;
  while (expected.schema < own.schema) {
    const wanted = { schema: own.schema, gzip: claimed.gzip };
    const outcome = await closeSchema(volume, feed, own, expected, wanted, signal);
    if ('facts' in outcome) return adopt(claimed, outcome, outcome.facts.lastOffset + 1n, signal);
    expected = outcome;
  }
  if (expected.schema > own.schema) return undefined;
  const path = pathUnder(own, expected);
  const bytes = recompressed(own.path, await readOwn(own), expected.gzip);
  if ((await volume.create(path, bytes, signal)) === 'created') {
    const facts = { ...own, bytes: bytes.length, sha256: sha256Of(bytes) };
    return { ...(await record(claimed, { ...own, path }, facts, own.next, signal)), adopted: false };
  }
  const winner = await winnerOf(await readExisting(volume, path, signal), { ...own, path }, own.csv);
  return winner === undefined ? undefined : adopt(claimed, winner, winner.facts.lastOffset + 1n, signal);
}

async function readOwn({ local }: SpooledFile): Promise<Buffer> {
  try {
    return await readFile(local);
  } catch (error) {
    throw new OwnDiskError(local, error);
  }
}

async function adopt(
  claimed: Claim,
  { place, csv, bytes, facts }: Winner,
  next: bigint,
  signal: AbortSignal | undefined,
): Promise<Landed> {
  if (facts.sha256 !== claimed.own.sha256) await checkAgreement(claimed.own, { ...place, csv, bytes });
  return { ...(await record(claimed, place, facts, next, signal)), adopted: true };
}

async function record(
  { volume, feed, before, gzip }: Claim,
  place: FilePlace,
  facts: FileFacts,
  next: bigint,
  signal: AbortSignal | undefined,
): Promise<Omit<Landed, 'adopted'>> {
  const totals = { rows: before.rows + facts.rows, files: before.files + 1 };
  const written: StoredManifest = manifestOf(place, facts, next, totals, gzip);
  const stored = await writeManifest(volume, feed, written, signal);
  return {
    path: place.path,
    sha256: facts.sha256,
    lastOffset: facts.lastOffset,
    next,
    layout: layoutBehind(stored),
    totals,
  };
}
