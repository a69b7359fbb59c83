import { expect, it } from '@jest/globals';
import type { DownloadOptions, Files } from '@tributary/databricks';
import { CSV_DEFAULT } from '@tributary/api';
import { cutLimits } from '../partition/cut.ts';
import { DatabricksVolume } from './databricks-volume.ts';

it('the largest file that may land, and a record too many, can be read back', async () => {
  let asked: DownloadOptions = {};
  const files = {
    download: async (_path: string, options: DownloadOptions) => {
      asked = options;
      return Buffer.from('x');
    },
  } as Partial<Files> as Files;
  const volume = new DatabricksVolume(files, { catalog: 'main', schema: 'landing', volume: 'feeds' });
  await volume.read('a/b.csv');
  const largest = cutLimits({ ...CSV_DEFAULT, cut: { ...CSV_DEFAULT.cut, bytes: '1024Gi' } }).bytes;
  expect(asked.maxBytes).toBeGreaterThanOrEqual(largest + 128 * 1024 * 1024);
});
