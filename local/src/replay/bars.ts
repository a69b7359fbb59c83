import { parse } from 'csv-parse/sync';
import { readVegaDataset } from './vega-dataset.ts';

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
  const rows: Record<string, string>[] = parse(await readVegaDataset('sp500-2000.csv'), {
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
