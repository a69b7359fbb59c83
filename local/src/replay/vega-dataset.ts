import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** A file of the npm package vega-datasets. It exports none but its index, so the data is found beside that. */
export async function readVegaDataset(name: string): Promise<string> {
  const index = createRequire(import.meta.url).resolve('vega-datasets');
  return await readFile(join(dirname(index), '..', 'data', name), 'utf8');
}
