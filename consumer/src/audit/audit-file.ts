import { Readable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import { DEFAULT_DIALECT, manifestPath, type Manifest } from '@tributary/api';
import { headerOf } from '../encode/row.ts';
import type { ParsedRow } from '../encode/parse-csv.ts';
import { ConsumerError } from '../errors.ts';
import { codeOf } from '../files/durable.ts';
import { isGzip, rowsOf, sha256Of, type StoredManifest } from '../files/file-facts.ts';
import { readManifest } from '../landing/manifest-file.ts';
import type { Schema } from '../landing/schema-file.ts';
import type { Volume } from '../volume/volume.ts';
import type { InventoryFile } from './inventory.ts';
import type { Finding, Findings } from './report.ts';

export interface FileUnderAudit extends InventoryFile {
  readonly feed: string;
  readonly topicId: string;
  readonly partition: number;
  readonly hasManifest: boolean;
  /** A manifest follows its file: the newest one's may be under way. */
  readonly newest: boolean;
  /** Whether it only ends its schema, without rows. */
  readonly closes: boolean;
  /** Undefined where its description is lost, which is a finding of its own. */
  readonly written: Schema | undefined;
}

/**
 * Compares a file with its manifest, which it returns, and hands each row in turn to `onRow`; what is wrong goes to
 * `findings`.
 */
export async function auditFile(
  volume: Volume,
  file: FileUnderAudit,
  findings: Findings,
  onRow: (offset: bigint, row: ParsedRow) => Promise<void>,
  signal?: AbortSignal,
): Promise<StoredManifest | undefined> {
  const report = (code: Finding['code'], message: string): void =>
    findings.add({
      code,
      partition: file.partition,
      path: file.path,
      offset: String(file.firstOffset),
      message,
    });
  const bytes = await volume.read(file.path, signal);
  if (bytes === undefined) {
    report('FileMissing', `${file.path} was listed and is gone`);
    return undefined;
  }
  const manifest = file.closes ? undefined : await manifestOfFile(volume, file, report, signal);
  const sha256 = sha256Of(bytes);
  if (manifest !== undefined && (manifest.sha256 !== sha256 || manifest.bytes !== bytes.length)) {
    report(
      'FileAltered',
      `${file.path} has SHA-256 ${sha256}, ${bytes.length} bytes; its manifest says ${manifest.sha256}, ${manifest.bytes} bytes`,
    );
  }
  try {
    const read = await readRows(file, bytes, report, onRow);
    if (manifest !== undefined) compareRange(manifest, read, report);
  } catch (error) {
    if (!isParseFailure(error)) throw error;
    report('FileMalformed', `${file.path} cannot be read to its end: ${String(error)}`);
  }
  return manifest;
}

type Report = (code: Finding['code'], message: string) => void;

async function manifestOfFile(
  volume: Volume,
  file: FileUnderAudit,
  report: Report,
  signal: AbortSignal | undefined,
): Promise<StoredManifest | undefined> {
  const { feed, topicId, partition, firstOffset, path } = file;
  if (!file.hasManifest) {
    if (!file.newest) report('ManifestMissing', `${path} has no manifest`);
    return undefined;
  }
  try {
    const at = manifestPath(feed, topicId, partition, String(firstOffset));
    const manifest = await readManifest(volume, at, signal);
    if (manifest === undefined || manifest.path === path) return manifest;
    report('RowsTwice', `${path} begins at the offset that ${manifest.path} holds by its manifest`);
  } catch (error) {
    if (!(error instanceof ConsumerError)) throw error;
    report('ManifestWrong', error.message);
  }
  return undefined;
}

interface ReadRange {
  firstOffset: bigint | undefined;
  lastOffset: bigint | undefined;
  rows: number;
}

async function readRows(
  file: FileUnderAudit,
  bytes: Buffer,
  report: Report,
  onRow: (offset: bigint, row: ParsedRow) => Promise<void>,
): Promise<ReadRange> {
  const range: ReadRange = { firstOffset: undefined, lastOffset: undefined, rows: 0 };
  const csv = file.written?.csv ?? DEFAULT_DIALECT;
  let { header } = csv;
  for await (const row of rowsOf(Readable.from([bytes]), isGzip(file.path), csv)) {
    if (header) {
      header = false;
      const expected = file.written === undefined ? undefined : headerOf(file.written.columns);
      if (expected !== undefined && !isDeepStrictEqual(row.cells, expected)) {
        report('HeaderWrong', `${file.path} has the columns ${row.cells.join()}, not those of its schema`);
      }
      continue;
    }
    const offset = offsetOf(row);
    if (offset === undefined || row.cells[0] !== String(file.partition)) {
      report(
        'FileMalformed',
        `${file.path}: row ${range.rows + 1} carries no offset of partition ${file.partition}`,
      );
      continue;
    }
    if (range.lastOffset !== undefined && offset <= range.lastOffset) {
      report('RowsTwice', `${file.path}: offset ${offset} follows ${range.lastOffset}`);
    }
    range.firstOffset ??= offset;
    range.lastOffset = offset;
    range.rows += 1;
    await onRow(offset, row);
  }
  // The newest file may be closing its schema just now.
  if (range.rows === 0 && (file.closes || (file.newest && !header))) return range;
  if (range.firstOffset !== file.firstOffset) {
    report('FileMalformed', `${file.path} begins at offset ${range.firstOffset}, not where its name says`);
  }
  return range;
}

function compareRange(manifest: Manifest, read: ReadRange, report: Report): void {
  const said = `${manifest.firstOffset} to ${manifest.lastOffset}, ${manifest.rows} rows`;
  const found = `${read.firstOffset} to ${read.lastOffset}, ${read.rows} rows`;
  if (said !== found) report('ManifestWrong', `${manifest.path} holds ${found}; its manifest says ${said}`);
}

function offsetOf({ cells }: ParsedRow): bigint | undefined {
  const cell = cells[1] ?? '';
  return /^\d{1,19}$/.test(cell) ? BigInt(cell) : undefined;
}

/** Damaged bytes fail in zlib (`Z_…`) or in the CSV parser (`CSV_…`). */
function isParseFailure(error: unknown): boolean {
  return /^(Z_|CSV_)/.test(codeOf(error));
}
