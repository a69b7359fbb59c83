import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parse } from 'csv-parse/sync';

/** One trading day, every value as the data set writes it. */
export interface Bar {
  date: string;
  open: string;
  high: string;
  low: string;
  close: string;
  volume: string;
}

/** Daily bars of the S&P 500 since 2000, oldest first, from the npm package vega-datasets. */
export async function readSp500Bars(): Promise<Bar[]> {
  // The package exports no file but its index, so the data is found beside that.
  const index = createRequire(import.meta.url).resolve('vega-datasets');
  const path = join(dirname(index), '..', 'data', 'sp500-2000.csv');
  const rows: Record<string, string>[] = parse(await readFile(path, 'utf8'), {
    columns: true,
    skip_empty_lines: true,
  });
  return rows.map(({ date = '', open = '', high = '', low = '', close = '', volume = '' }) => ({
    date,
    open,
    high,
    low,
    close,
    volume,
  }));
}
