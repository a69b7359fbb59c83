import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { CONSUMER_NODE_OPTIONS } from '@tributary/api';
import type { AuditReport } from '../audit/report.ts';

const RECORDS = 10_000_000;
const SCRIPT = fileURLToPath(new URL('../testing/audit-of-many.ts', import.meta.url));
/**
 * Of the whole process, started as a consumer is: one file, some records and the names of all files, beside some 100 MB
 * of Node with TypeScript's sources. Ten million records in memory would be gigabytes.
 */
const MAX_PEAK_MB = 200;

it('ten million records are audited in bounded memory', async () => {
  const started = performance.now();
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', SCRIPT, String(RECORDS)], {
    env: { ...process.env, NODE_OPTIONS: CONSUMER_NODE_OPTIONS },
  });
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
