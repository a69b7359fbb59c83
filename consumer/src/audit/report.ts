import type { BronzeReport } from './bronze.ts';

/** What an audit can find; docs list each with its remedy. */
export type FindingCode =
  /** Records of the topic that no file holds, though later ones have landed. */
  | 'RecordsMissing'
  /** Records that have not landed though everything should have (asked for by `complete`). */
  | 'NotLanded'
  /** Records that were gone before the consumer could read them; the consumer reported it. */
  | 'GapReported'
  /** A row whose offset holds no committed record. */
  | 'RowUnknown'
  | 'RowDiffers'
  /** Two files hold the same offsets. */
  | 'RowsTwice'
  | 'FileAltered'
  | 'FileMissing'
  | 'FileMalformed'
  | 'FileUnexpected'
  | 'ManifestMissing'
  | 'ManifestWrong'
  | 'SchemaMissing'
  | 'HeaderWrong'
  /** A bronze table was to be compared, and could not be asked. */
  | 'BronzeNotChecked'
  | 'BronzeRowsMissing'
  | 'BronzeRowsTwice'
  /** Rows that no file holds. */
  | 'BronzeRowUnknown';

export interface Finding {
  readonly code: FindingCode;
  readonly partition?: number;
  /** Below the volume's root. */
  readonly path?: string;
  /** First offset concerned, as text because offsets exceed what JSON numbers keep. */
  readonly offset?: string;
  readonly lastOffset?: string;
  readonly message: string;
}

export interface PartitionReport {
  readonly partition: number;
  readonly files: number;
  readonly rows: number;
  /** Rows compared with the record that they came from. */
  readonly comparedRows: number;
  /** Rows older than the topic keeps, proven by their file's manifest alone. */
  readonly manifestOnlyRows: number;
  readonly logStart: string;
  readonly end: string;
  readonly lastOffset?: string;
  /** Records behind the last landed one. */
  readonly notLanded: number;
}

export interface AuditReport {
  readonly feed: string;
  readonly topicId: string;
  /** Whether that topic is no more, so that files were compared with their manifests alone. */
  readonly topicGone: boolean;
  readonly volume: string;
  readonly ok: boolean;
  readonly partitions: readonly PartitionReport[];
  /** The table that the files were ingested into. */
  readonly bronze: BronzeReport;
  /** At most `MAX_FINDINGS`; `findingCount` tells of all. */
  readonly findings: readonly Finding[];
  readonly findingCount: number;
}

export const MAX_FINDINGS = 1_000;

/** Collects findings in bounded memory. */
export class Findings {
  readonly list: Finding[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(finding: Finding): void {
    this.#count += 1;
    if (this.list.length < MAX_FINDINGS) this.list.push(finding);
  }
}
