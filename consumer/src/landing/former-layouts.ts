import { layoutOfPath, sameName, type Layout } from '../partition/layout.ts';
import type { Volume } from '../volume/volume.ts';
import type { History } from './history.ts';
import { readSchema } from './schema-file.ts';

export interface LayoutSearch {
  readonly volume: Volume;
  readonly feed: string;
  readonly topicId: string;
  readonly partitions: readonly number[];
  readonly layout: Layout;
  readonly history: History;
}

/** By partition, the layout that a former consumer may still be writing under, where it is not ours. */
export async function formerLayouts(
  { volume, feed, topicId, partitions, layout, history }: LayoutSearch,
  signal?: AbortSignal,
): Promise<Map<number, Layout>> {
  const former = new Map<number, Layout>();
  for (const partition of partitions) {
    const { lastFile } = history.get(partition) ?? {};
    // Where nothing landed yet, the schema before ours is what a former consumer had.
    const name =
      lastFile === undefined ? { schema: layout.schema - 1, gzip: layout.gzip } : layoutOfPath(lastFile);
    if (name === undefined || name.schema < 1 || sameName(name, layout)) continue;
    const schema =
      name.schema === layout.schema ? layout : await readSchema(volume, feed, topicId, name.schema, signal);
    if (schema !== undefined) former.set(partition, { ...name, columns: schema.columns, csv: schema.csv });
  }
  return former;
}
