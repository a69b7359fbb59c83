import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startTestBroker, type TestBroker } from '@tributary/local/testing';
import { killRun } from './testing/kill-run.ts';
import { WorkspaceUnderTest } from './testing/workspace-under-test.ts';

let broker: TestBroker;
let workspace: WorkspaceUnderTest;

beforeAll(async () => {
  broker = await startTestBroker();
  workspace = await WorkspaceUnderTest.start();
  await workspace.createVolume();
}, 300_000);
afterAll(async () => {
  await workspace?.stop();
  await broker?.stop();
}, 30_000);

it('consumers killed 200 times, among all other troubles, neither lose nor repeat a record', async () => {
  // The moments of a history are not had again, but what is decided in it is.
  const seed = Number(process.env['KILL_RUN_SEED'] ?? Date.now() % 2 ** 31);
  const { report, wrong, published, troubles } = await killRun({
    broker,
    workspace,
    name: 'kills',
    kills: 200,
    seed,
    longestLifeMs: 2_000,
    compaction: true,
  });
  const gaps = report.findings.length;
  console.log(JSON.stringify({ seed, published, troubles, gaps, partitions: report.partitions }));
  expect(wrong).toEqual([]);
  expect(troubles.kill).toBeGreaterThanOrEqual(200);
}, 1_800_000);
