import { createHash } from 'node:crypto';
import { filePath, LINEAGE_COLUMNS, manifestPath, schemaPath } from '@tributary/api';

export const OBSERVED = '2026-01-02T03:04:05.000Z';

/** Stores what a consumer leaves of the two records `a` and `b` of one transaction; the path of their file. */
export async function landByHand(
  store: (path: string, text: string) => Promise<void>,
  feed: string,
  topicId: string,
): Promise<string> {
  const row = (offset: number, id: string): string => `0,${offset},upsert,p,${OBSERVED},,${id},`;
  const text = [[...LINEAGE_COLUMNS, 'id', '_undeclared'].join(), row(0, 'a'), row(1, 'b'), ''].join('\n');
  const place = { topicId, schema: 1, partition: 0, firstOffset: '0' };
  const path = filePath({ ...place, feed, date: '2026-01-02', gzip: false });
  const manifest = {
    ...place,
    path,
    lastOffset: '1',
    rows: 2,
    bytes: Buffer.byteLength(text),
    sha256: createHash('sha256').update(text).digest('hex'),
    nextOffset: '2',
    totals: { rows: 2, files: 1 },
  };
  const schema = { version: 1, columns: [{ name: 'id', role: 'key', type: 'string' }] };
  await store(path, text);
  await store(manifestPath(feed, topicId, 0, '0'), JSON.stringify(manifest));
  await store(schemaPath(feed, topicId, 1), JSON.stringify(schema));
  return path;
}
