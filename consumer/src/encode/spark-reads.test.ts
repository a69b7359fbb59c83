import { execFile } from 'node:child_process';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { ConsumerConfig } from '@tributary/api';
import { ensureToolchain, waitUntil } from '@tributary/local/testing';
import { audit } from '../audit/audit.ts';
import { startInProcess } from '../testing/consumer-in-process.ts';
import { MemoryTopic } from '../testing/memory-topic.ts';
import { FolderVolume } from '../volume/folder-volume.ts';

/** What the notebooks do first, with their own package. */
const READ = `
import json, sys
from pyspark.sql import SparkSession
from tributary import landed
from tributary.schema import newest_feed
spark = (SparkSession.builder.master("local[1]").config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.driver.host", "127.0.0.1").config("spark.ui.enabled", "false").getOrCreate())
feed = newest_feed(sys.argv[1], sys.argv[2])
rows = landed.read_raw(spark, feed, feed.read_schema()).orderBy(landed.F.expr("CAST(_offset AS LONG)")).collect()
print("rows:" + json.dumps([[row["value"], row["_poll"], row["_event_time"], row["_undeclared"]] for row in rows]))
`;
const FEED = 'test.dialects';
const NASTY = [
  '',
  ' a ',
  '"',
  '""',
  "'",
  "it's",
  ',',
  ';',
  '|',
  '\t',
  '\\',
  'a\\"b',
  'a\nb',
  'a\r\nb',
  '1.2300',
  'é𝒳',
  '#',
  '=1+1',
];
const DIALECTS: Partial<ConsumerConfig['csv']>[] = [
  {},
  { delimiter: 'semicolon', byteOrderMark: true },
  { delimiter: 'tab', header: false, nullText: '\\N' },
  { delimiter: 'pipe', quote: 'single', nullText: 'NULL', compression: 'gzip' },
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-dialects-'));
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

it('the notebooks read every cell of every dialect that a feed has had', async () => {
  const { python, java } = await ensureToolchain(['python', 'java']);
  const topic = new MemoryTopic(FEED);
  const volume = new FolderVolume(join(folder, 'volume'));
  for (const [index, csv] of DIALECTS.entries()) {
    topic.append(0, NASTY);
    const cut = { records: 5, bytes: '1Gi', after: '20ms' };
    const consumer = startInProcess({
      topic,
      volume,
      dataDir: join(folder, String(index)),
      csv: { cut, ...csv },
    });
    await waitUntil(() => consumer.state.totals().uploaded.rows === (index + 1) * NASTY.length || undefined, {
      what: `dialect ${index} to land: ${consumer.lines.slice(-3).join('')}`,
      timeoutMs: 10_000,
      intervalMs: 5,
    });
    await consumer.stop();
  }
  expect(await audit({ feed: FEED, topic: topic.view(), volume, complete: true })).toMatchObject({
    ok: true,
    findings: [],
  });
  const { stdout } = await promisify(execFile)(python, ['-c', READ, volume.root, FEED], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      JAVA_HOME: dirname(dirname(await realpath(java))),
      PYTHONPATH: join(import.meta.dirname, '../../../notebooks'),
    },
  });
  const rows = JSON.parse(stdout.split('rows:')[1] ?? '') as unknown;
  expect(rows).toEqual(DIALECTS.flatMap(() => NASTY.map((value) => [value, null, null, null])));
}, 120_000);
