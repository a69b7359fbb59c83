import type { StoredManifest, Totals } from '../files/file-facts.ts';
import type { InventoryFile, PartitionInventory } from './inventory.ts';
import type { Findings } from './report.ts';

/**
 * Each manifest counts the files and rows of its partition up to its own. So a file that was removed together with its
 * manifest is missed, though the topic keeps its records no longer; but for the newest one, behind which nobody counts.
 */
export class TotalsChain {
  readonly #partition: number;
  readonly #findings: Findings;
  /** First offsets of manifests whose file is gone, which is a finding of its own. */
  readonly #orphans: readonly bigint[];
  #before: Totals = { rows: 0, files: 0 };
  #behind = -1n;

  constructor(partition: number, { files, manifests }: PartitionInventory, findings: Findings) {
    this.#partition = partition;
    this.#findings = findings;
    const present = new Set(files.map(({ firstOffset }) => firstOffset));
    this.#orphans = [...manifests].filter((firstOffset) => !present.has(firstOffset));
  }

  /** Files in offset order; of one without a manifest its rows are counted. */
  follow(file: InventoryFile, manifest: StoredManifest | undefined, rows: number): void {
    const { firstOffset, path } = file;
    const behind = this.#behind;
    const { rows: rowsBefore, files: filesBefore } = this.#before;
    this.#behind = firstOffset;
    if (manifest === undefined) {
      this.#before = { rows: rowsBefore + rows, files: filesBefore + 1 };
      return;
    }
    this.#before = manifest.totals;
    if (this.#orphans.some((offset) => offset > behind && offset < firstOffset)) return;
    const files = manifest.totals.files - 1 - filesBefore;
    const gone = manifest.totals.rows - manifest.rows - rowsBefore;
    if (files === 0 && gone === 0) return;
    this.#findings.add({
      code: 'FileMissing',
      partition: this.#partition,
      path,
      offset: String(behind + 1n),
      lastOffset: String(firstOffset - 1n),
      message: `${files} files with ${gone} rows are gone before ${path}, and so are their manifests: its own counts them`,
    });
  }
}
