import { gzipSync } from 'node:zlib';
import type { Databricks } from '@tributary/databricks';

/** A column as `_meta/schema-<n>.json` has it. */
export interface LandedColumn {
  readonly name: string;
  readonly role?: string;
  readonly type: string;
  readonly format?: string;
  readonly kind?: string;
  readonly transform?: string;
  readonly unit?: string;
}

export interface LandedRow {
  /** The event time. */
  readonly time: string;
  /** As text, in declared order; empty is null. No cell needs quotes. */
  readonly cells: readonly string[];
  readonly undeclared?: string;
}

export const TOPIC_ID = 'topic-id';
const ROWS_OF_A_FILE = 20_000;
const LINEAGE = ['_partition', '_offset', '_op', '_poll', '_observed_at', '_event_time'];

/** Lands a feed as the consumer would: its schema, then gzipped files of one partition in order of their offsets. */
export async function landRows(
  databricks: Databricks,
  folder: string,
  columns: readonly LandedColumn[],
  rows: readonly LandedRow[],
): Promise<void> {
  const put = (path: string, body: string | Buffer): Promise<void> =>
    databricks.files.upload(`${folder}/${TOPIC_ID}/${path}`, Buffer.from(body), {
      overwrite: false,
      createParents: true,
    });
  await put('_meta/schema-1.json', JSON.stringify({ version: 1, columns }));
  const header = [...LINEAGE, ...columns.map(({ name }) => name), '_undeclared'].join(',');
  for (let first = 0; first < rows.length; first += ROWS_OF_A_FILE) {
    const lines = rows
      .slice(first, first + ROWS_OF_A_FILE)
      .map(({ time, cells, undeclared = '' }, index) =>
        [
          '0',
          first + index,
          'upsert',
          'poll',
          '2026-11-20T10:00:00.000Z',
          time,
          ...cells,
          quoted(undeclared),
        ].join(','),
      );
    await put(`schema-1/2026-11-20/0-${first}.csv.gz`, gzipSync(`${[header, ...lines].join('\n')}\n`));
  }
}

function quoted(text: string): string {
  return text === '' ? '' : `"${text.replaceAll('"', '""')}"`;
}
