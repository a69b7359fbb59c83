import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startTestBroker, type TestBroker } from '@tributary/local/testing';
import { killRun } from './testing/kill-run.ts';
import { WorkspaceUnderTest } from './testing/workspace-under-test.ts';

/** Each is had in a run so long: a run without one has not tried what it says. */
const TROUBLES = [
  'diskGone',
  'twoAtOnce',
  'strangerInGroup',
  'aborted',
  'zombie',
  'topicRecreated',
  'topicRecreatedWhole',
  'brokerCrash',
  'otherColumns',
  'otherCompression',
  'listingBehind',
  'unlisted',
  'badUploads',
  'late',
  'answerLost',
  'hangs',
  'retention',
  'morePartitions',
  'overtakenByRetention',
  'compaction',
];

/** Fewer with TRIBUTARY_KILLS, for a look; of less than 20 some trouble is missed. */
const KILLS = Number(process.env['TRIBUTARY_KILLS'] ?? 200);

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
  const { report, wrong, published, landed, troubles } = await killRun({
    broker,
    workspace,
    name: 'kills',
    kills: KILLS,
    seed,
    longestLifeMs: 2_000,
    compaction: true,
    everyTrouble: true,
  });
  const gaps = report.findings.length;
  console.log(JSON.stringify({ seed, published, landed, troubles, gaps, partitions: report.partitions }));
  expect(wrong).toEqual([]);
  expect(published).toBeGreaterThan(20 * KILLS);
  // Much goes with topics that are deleted under their readers; what may, the ledger has judged.
  expect(landed).toBeGreaterThan(20 * KILLS);
  expect(troubles.kill).toBeGreaterThanOrEqual(KILLS);
  const met = TROUBLES.filter((trouble) => (troubles[trouble] ?? 0) > 0);
  expect(met).toEqual(TROUBLES);
}, 1_800_000);
