import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { CONSUMER_NODE_OPTIONS } from '@tributary/api';
import { landMany } from '../testing/many-records.ts';
import type { AuditReport } from './report.ts';

const RECORDS = 10_000_000;
const SCRIPT = fileURLToPath(new URL('../testing/audit-of-many.ts', import.meta.url));
/**
 * Of the whole process, started as a consumer is: one file, some records and the names of all files, beside some 100 MB
 * of Node with TypeScript's sources. Ten million records in memory would be gigabytes.
 */
const MAX_PEAK_MB = 200;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-scale-'));
  await landMany(folder, RECORDS);
}, 600_000);
afterAll(async () => await rm(folder, { recursive: true, force: true }));

it('ten million records are audited in bounded memory', async () => {
  const started = performance.now();
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--no-warnings', SCRIPT, folder, String(RECORDS)],
    {
      env: { ...process.env, NODE_OPTIONS: CONSUMER_NODE_OPTIONS },
    },
  );
  const report = JSON.parse(stdout) as AuditReport & { peakRssKb: number };
  const peakMb = Math.round(report.peakRssKb / 1_024);
  console.log(
    JSON.stringify({
      rows: report.partitions[0]?.comparedRows,
      seconds: Math.round((performance.now() - started) / 1_000),
      peakMb,
    }),
  );
  expect(report).toMatchObject({ ok: true, partitions: [{ rows: RECORDS, comparedRows: RECORDS }] });
  expect(peakMb).toBeLessThan(MAX_PEAK_MB);
}, 1_800_000);
