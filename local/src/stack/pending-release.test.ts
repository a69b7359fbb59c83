import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApiServer, type TestApiServer } from '../control-plane/test-api-server.ts';
import { testFolderPrefix } from '../processes/abandoned.ts';
import { waitUntil } from '../processes/wait-until.ts';
import { ensureToolchain } from '../toolchain/index.ts';
import { runTool, type Tools } from './kubectl.ts';
import { clearPendingRelease } from './pending-release.ts';

const folder = mkdtempSync(join(tmpdir(), testFolderPrefix));
const chart = join(folder, 'chart');
const RELEASE = { release: 'sleeper', namespace: 'default' };
/** Nobody makes its pods here, so a helm that waits for it waits until it is killed. */
const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: {name: sleeper, labels: {word: {{ .Values.word }}}}
spec:
  selector: {matchLabels: {app: sleeper}}
  template:
    metadata: {labels: {app: sleeper}}
    spec: {containers: [{name: sleeper, image: sleeper}]}
`;
let api: TestApiServer;
let tools: Tools;

beforeAll(async () => {
  const { kubectl, helm } = await ensureToolchain(['control-plane', 'kubectl']);
  api = await startTestApiServer();
  tools = { kubectl, helm, kubeconfigPath: api.kubeconfigPath, helmHome: join(folder, 'helm') };
  await mkdir(join(chart, 'templates'), { recursive: true });
  await writeFile(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: sleeper\nversion: 0.1.0\n');
  await writeFile(join(chart, 'templates', 'deployment.yaml'), DEPLOYMENT);
}, 900_000);

afterAll(async () => {
  await api?.stop();
  await rm(folder, { recursive: true, force: true });
}, 30_000);

const upgrade = (word: string): string[] => [
  ...['upgrade', '--install', RELEASE.release, chart, `--namespace=${RELEASE.namespace}`],
  ...['--set', `word=${word}`],
];

const statuses = async (): Promise<string[]> => {
  const text = await runTool(tools, 'kubectl', [
    ...['get', 'secret', `--namespace=${RELEASE.namespace}`, '--selector=owner=helm'],
    ...['--output', 'jsonpath={.items[*].metadata.labels.status}'],
  ]);
  return text.split(' ').filter((status) => status !== '');
};

/** As a machine that goes down kills it: helm itself would tidy up after SIGTERM. */
const killedHalfway = async (word: string, status: string): Promise<void> => {
  const child = spawn(tools.helm, [...upgrade(word), '--wait', '--timeout=120s'], {
    env: { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: tools.kubeconfigPath },
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  try {
    await waitUntil(async () => (await statuses()).includes(status), { what: status, timeoutMs: 30_000 });
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
};

describe('a release whose helm was killed', () => {
  it.each([
    ['in its first install', 'first', 'pending-install', ['deployed']],
    ['in an upgrade', 'second', 'pending-upgrade', ['deployed', 'superseded']],
  ])(
    '%s refuses the next one until what was begun is forgotten',
    async (_when, word, status, left) => {
      await killedHalfway(word, status);
      await expect(runTool(tools, 'helm', upgrade(word))).rejects.toThrow('another operation');
      await clearPendingRelease(tools, RELEASE);
      await runTool(tools, 'helm', upgrade(word));
      expect((await statuses()).toSorted()).toEqual(left);
      const label = ['get', 'deployment', 'sleeper', '--output', 'jsonpath={.metadata.labels.word}'];
      expect(await runTool(tools, 'kubectl', label)).toBe(word);
    },
    90_000,
  );
});
