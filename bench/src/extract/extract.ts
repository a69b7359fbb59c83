import { cpus } from 'node:os';
import { httpOf, producerConfig, type Column } from '@tributary/api';
import { compileSource, readPage, RecordShape } from '@tributary/producer';
import { SecretFolder, SecretRegistry } from '@tributary/runtime';
import { table } from '../measure/table.ts';
import { SHAPES, type Shape } from './shapes.ts';

const WARM_UP_MS = 1_500;
const MEASURED_MS = 4_000;
const FIRST = { token: undefined, cursor: undefined };

/** Records a second from the text of a page to records with key, hash and event time, on one core. */
export function run(signal: AbortSignal): Promise<void> {
  console.log(`${cpus()[0]?.model}, one core; pages of 1,000 records, from text to hashed records\n`);
  const rows = SHAPES.map((shape) => {
    signal.throwIfAborted();
    return measure(shape);
  });
  console.log(table(['shape', 'KiB a page', 'ms a page', 'records/s', 'MB/s'], rows));
  return Promise.resolve();
}

function measure({ name, records, body, http, columns }: Shape): string[] {
  const read = compiled(http, columns);
  if (read(body) !== records) throw new Error(`${name}: ${read(body)} records of ${records}`);
  pagesWithin(WARM_UP_MS, () => read(body));
  const { pages, seconds } = pagesWithin(MEASURED_MS, () => read(body));
  return [
    name,
    (body.length / 1_024).toFixed(0),
    ((seconds * 1_000) / pages).toFixed(2),
    Math.round((pages * records) / seconds).toLocaleString('en'),
    ((pages * body.length) / seconds / 1e6).toFixed(1),
  ];
}

/** Exactly what a poll does with a page before it asks what is new. */
function compiled(
  http: Record<string, unknown>,
  columns: readonly Record<string, unknown>[],
): (body: string) => number {
  const source = producerConfig().shape.source.parse({
    http: { request: { url: 'https://api.example.com/' }, ...http },
  });
  const feed = compileSource(source, new SecretFolder('/nonexistent', new SecretRegistry()));
  const shape = new RecordShape(producerConfig().shape.columns.parse(columns) as Column[], {
    nulls: httpOf(source)?.nulls ?? [],
  });
  return (body) => {
    const answer = feed.read({ body, headers: {} }, FIRST);
    return readPage(answer.records, shape, answer).records.length;
  };
}

function pagesWithin(ms: number, page: () => unknown): { pages: number; seconds: number } {
  const began = performance.now();
  let pages = 0;
  while (performance.now() - began < ms) {
    page();
    pages += 1;
  }
  return { pages, seconds: (performance.now() - began) / 1_000 };
}
