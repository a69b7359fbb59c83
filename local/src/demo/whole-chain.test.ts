/** The whole chain on the embedded stack, driven as README.md tells a user to, and with what goes wrong for users. */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { StreamSourceStatus } from '@tributary/api';
import type { FederationPolicy } from '../databricks/index.ts';
import { freePorts } from '../processes/free-port.ts';
import { waitUntil } from '../processes/wait-until.ts';
import { applyObjects, runTool } from '../stack/kubectl.ts';
import { STACK_PARTS, startStack, type Stack } from '../stack/stack.ts';
import { ensureToolchain } from '../toolchain/index.ts';
import { codeBlocks, commands } from './readme-commands.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
/** These are steps of .ci/run themselves. */
const RUN_BY_CI = ['npm start -- --once', 'npm test'];
const NAMESPACE = 'luck';
const run = promisify(execFile);

let stack: Stack;
let folder = '';
/** A copy of the repository's folders that the README names, its blanks filled in as a user would. */
let checkout = '';
const abort = new AbortController();

beforeAll(async () => {
  const toolchain = await ensureToolchain(STACK_PARTS);
  folder = mkdtempSync(join(tmpdir(), 'tributary-chain-'));
  stack = await startStack({
    root: ROOT,
    workDir: join(folder, 'stack'),
    toolchain,
    signal: abort.signal,
    step: () => undefined,
  });
  checkout = checkoutAsAUserHasIt();
}, 300_000);

afterAll(async () => {
  abort.abort();
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

/** One broker holds one replica, and the blanks are those of k8s/secrets; all else is as it was cloned. */
function checkoutAsAUserHasIt(): string {
  const copy = join(folder, 'checkout');
  cpSync(join(ROOT, 'k8s'), join(copy, 'k8s'), { recursive: true });
  symlinkSync(join(ROOT, 'charts'), join(copy, 'charts'));
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const { url, clientId, clientSecret } = stack.workspace;
  edit(join(copy, 'k8s', 'secrets', 'markets.yaml'), (text) =>
    text
      .replace('https://REPLACE-WITH-YOUR-WORKSPACE.cloud.databricks.com', url)
      .replace('REPLACE-WITH-THE-APPLICATION-ID', clientId)
      .replace('REPLACE-WITH-ITS-SECRET', clientSecret),
  );
  edit(join(copy, 'k8s', 'samples', 'sp500-daily.yaml'), (text) =>
    text.replace('  kafka:\n', '  kafka:\n    topic: { replicas: 1 }\n'),
  );
  return copy;
}

function edit(path: string, change: (text: string) => string): void {
  const before = readFileSync(path, 'utf8');
  const after = change(before);
  expect(after).not.toBe(before);
  writeFileSync(path, after);
}

async function shell(command: string): Promise<string> {
  const { kubectl, kubeconfigPath, helmHome } = stack.tools;
  const path = [dirname(kubectl), join(ROOT, 'node_modules', '.bin'), process.env['PATH']].join(delimiter);
  const { stdout } = await run('bash', ['-c', command], {
    cwd: checkout,
    env: { PATH: path, KUBECONFIG: kubeconfigPath, HOME: helmHome },
  });
  return stdout;
}

const kubectl = (...args: string[]): Promise<string> =>
  runTool(stack.tools, 'kubectl', args, { signal: abort.signal });

async function statusOf(name: string, namespace = NAMESPACE): Promise<StreamSourceStatus> {
  const text = await kubectl('get', 'streamsource', name, '--namespace', namespace, '--output', 'json');
  return (JSON.parse(text) as { status?: StreamSourceStatus }).status ?? {};
}

async function conditionOf(name: string, type: string) {
  const { conditions } = await statusOf(name);
  return conditions?.find((condition) => condition.type === type);
}

/** The operator asks the pods about once a minute. */
const until = (what: string, holds: () => Promise<boolean>) =>
  waitUntil(holds, { what, timeoutMs: 100_000, intervalMs: 500 });

describe('what README.md tells a user to do', () => {
  it('installs Tributary on a cluster, and runs a feed there', async () => {
    for (const command of commandsBelow('## On a cluster')) await shell(command);
    const described = await shell(`kubectl describe streamsource sp500-daily --namespace markets`);
    expect(described).toContain('Every object is in place and both pods are available.');
  }, 300_000);

  it('makes a feed of one’s own', async () => {
    // Port 8099 may be taken here.
    const [port = 0] = await freePorts(1);
    const here = (text: string): string => text.replaceAll('8099', String(port));
    const [serve, apply] = codeBlocks(section('## A feed of your own')).filter(
      ({ language }) => language === 'sh',
    );
    const yaml = codeBlocks(section('## A feed of your own')).find(({ language }) => language === 'yaml');
    const server = commands([serve!]).find((line) => line.endsWith('&'));
    for (const command of commands([serve!])) if (command !== server) await shell(command);
    const process = run('bash', ['-c', `exec ${here(server ?? '').replace(/&$/, '')}`], { cwd: checkout });
    try {
      writeFileSync(join(checkout, 'my-feed', 'feed.yaml'), here(yaml?.text ?? ''));
      for (const command of commands([apply!])) await shell(command);
      const volume = join(stack.workspace.volumesDir, 'main', 'landing', 'feeds', 'markets.roof');
      const rows = () => shell(`find ${volume} -name '*.csv.gz' -exec zcat {} + 2>/dev/null || true`);
      await until('a file', async () => (await rows()) !== '');
      expect(await rows()).toContain('roof,2026-11-25T10:00:00Z,4.10,');
    } finally {
      process.child.kill();
      await process.catch(() => undefined);
    }
  }, 240_000);

  it('names no command that no test runs', () => {
    const sections = ['## On a cluster', '## A feed of your own'].flatMap((title) => commandsBelow(title));
    expect(commands(codeBlocks(README)).filter((line) => !sections.includes(line))).toEqual(
      commands(codeBlocks(README)).filter((line) => RUN_BY_CI.includes(line)),
    );
  });

  function section(title: string): string {
    const [, ...after] = README.split(`${title}\n`);
    return after.join('').split('\n## ')[0] ?? '';
  }

  function commandsBelow(title: string): string[] {
    return commands(codeBlocks(section(title)));
  }
});

/** An API of this test, and feeds of it. */
function feedOf(name: string, url: string, http: object, rest: object) {
  return {
    apiVersion: 'tributary.dev/v1alpha1',
    kind: 'StreamSource',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      source: { http: { request: { url }, allowPrivate: true, ...http } },
      schedule: { every: '1s' },
      columns: [
        { name: 'station', role: 'key' },
        { name: 'at', role: 'time', type: 'timestamp' },
      ],
      csv: { cut: { after: '1s' } },
      kafka: { strimzi: { cluster: 'plant', namespace: 'kafka' }, topic: { replicas: 1 } },
      databricks: {
        connection: { secretRef: { name: 'databricks' } },
        volume: { catalog: 'main', schema: 'landing', volume: 'feeds' },
      },
      ...rest,
    },
  };
}

describe('bad luck', () => {
  let api: Server;
  let url = '';
  let answer: { status: number; body: string } = { status: 200, body: '[]' };
  const reading = (at: string): string => `{"station": "roof", "at": "${at}"}`;

  beforeAll(async () => {
    api = createServer((_request, response) => {
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
    });
    await new Promise<void>((resolve) => {
      api.listen(0, '127.0.0.1', resolve);
    });
    url = `http://127.0.0.1:${(api.address() as AddressInfo).port}/`;
    const { url: host, clientId, clientSecret } = stack.workspace;
    await applyObjects(stack.tools, [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'databricks', namespace: NAMESPACE },
        stringData: { host, clientId, clientSecret },
      },
    ]);
    await kubectl(
      ...['annotate', 'kafka', 'plant', '--namespace', 'kafka', '--overwrite'],
      'tributary.dev/allowed-namespaces=*',
    );
  });

  afterAll(() => {
    api.closeAllConnections();
    api.close();
  });

  const feed = (name: string, http: object, rest: object = {}) => feedOf(name, url, http, rest);

  it('a field that there is not, or a unit that there is not, is refused at apply by its name', async () => {
    const misspelt = feed('misspelt', { recrods: 'items[]' });
    await expect(applyObjects(stack.tools, [misspelt])).rejects.toThrow(/recrods/);
    const unit = feed('unit', {}, { schedule: { every: '5 minutes' } });
    await expect(applyObjects(stack.tools, [unit])).rejects.toThrow(/spec\.schedule\.every.*5 minutes/s);
  });

  it('a Secret that is not there stalls the feed by its name, until somebody makes it', async () => {
    const auth = { bearer: { tokenFrom: { secretKeyRef: { name: 'their-api', key: 'token' } } } };
    await applyObjects(stack.tools, [feed('secretless', { auth })]);
    await until('Stalled', async () => (await conditionOf('secretless', 'Stalled'))?.status === 'True');
    expect((await conditionOf('secretless', 'Stalled'))?.message).toMatch(/Secret their-api/);
    await kubectl(
      'create',
      'secret',
      'generic',
      'their-api',
      '--namespace',
      NAMESPACE,
      '--from-literal=token=t',
    );
    await until('Ready', async () => (await conditionOf('secretless', 'Ready'))?.status === 'True');
    expect(await conditionOf('secretless', 'Stalled')).toBeUndefined();
  }, 240_000);

  it('an API that is not there, then refuses the key, is told by its feed, and what was fetched before is kept', async () => {
    answer = { status: 200, body: `[${reading('2026-01-01T00:00:00Z')}]` };
    const auth = { bearer: { tokenFrom: { secretKeyRef: { name: 'their-api', key: 'token' } } } };
    await applyObjects(stack.tools, [
      feed('unlucky', { auth }),
      feed('unreachable', { request: { url: 'http://127.0.0.1:9/' } }),
    ]);
    await until('the first row', async () => (await statusOf('unlucky')).records?.uploaded === 1);
    answer = { status: 401, body: '{"error": "wrong key"}' };
    await until(
      'the refusal',
      async () => (await conditionOf('unlucky', 'UpstreamHealthy'))?.reason === 'AuthFailed',
    );
    const unreachable = await conditionOf('unreachable', 'UpstreamHealthy');
    expect(unreachable).toMatchObject({ status: 'False', message: expect.stringContaining('127.0.0.1:9') });
    // Neither is a reason to take the pods away.
    expect((await conditionOf('unlucky', 'Ready'))?.status).toBe('True');
    answer = {
      status: 200,
      body: `[${reading('2026-01-01T00:00:00Z')}, ${reading('2026-01-01T00:00:01Z')}]`,
    };
    // A refused key is not tried again at once; its rotation is.
    await kubectl('delete', 'pod', '--namespace', NAMESPACE, '--selector', 'tributary.dev/feed=unlucky');
    await until('the second row', async () => (await statusOf('unlucky')).records?.uploaded === 2);
    expect((await statusOf('unlucky')).records).toEqual({ published: 2, landed: 2, uploaded: 2 });
  }, 300_000);

  it('a feed logs in to Databricks without any secret, once the chart and an account admin allow it', async () => {
    answer = { status: 200, body: `[${reading('2026-01-01T00:00:00Z')}]` };
    const { url: host, clientId } = stack.workspace;
    const volume = { catalog: 'main', schema: 'landing', volume: 'feeds' };
    await applyObjects(stack.tools, [
      {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'lander', namespace: NAMESPACE },
      },
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'federated', namespace: NAMESPACE },
        stringData: { host, clientId, auth: 'federation' },
      },
      feed(
        'secretless-landing',
        {},
        {
          databricks: {
            connection: { secretRef: { name: 'federated' }, serviceAccountName: 'lander' },
            volume,
          },
        },
      ),
    ]);
    await until('the refusal by the chart', async () => {
      return (await conditionOf('secretless-landing', 'Stalled'))?.reason === 'FederationNotEnabled';
    });
    await runTool(
      stack.tools,
      'helm',
      [
        ...['upgrade', 'tributary', join(ROOT, 'charts', 'tributary'), '--namespace=tributary-system'],
        ...[
          '--reuse-values',
          '--set',
          'databricks.federationAudience=databricks,databricks.federateEverywhere=true',
          '--wait',
          '--timeout=120s',
        ],
      ],
      { signal: abort.signal },
    );
    await until('the refusal by the workspace', async () => {
      const landed = await conditionOf('secretless-landing', 'Landed');
      return landed?.reason === 'AuthFailed' && landed.message.includes('no federation policy');
    });
    stack.workspace.federate({
      issuer: 'https://kubernetes.default.svc',
      audiences: ['databricks'],
      subject: `system:serviceaccount:${NAMESPACE}:lander`,
      jwks: JSON.parse(await kubectl('get', '--raw', '/openid/v1/jwks')) as FederationPolicy['jwks'],
    });
    await until('the row', async () => (await statusOf('secretless-landing')).records?.uploaded === 1);
    // The operator was refused too, and asks again in five minutes, or when the Secret is touched.
    await kubectl('annotate', 'secret', 'federated', '--namespace', NAMESPACE, 'test/touched=yes');
    await until('the job', async () => {
      return (await conditionOf('secretless-landing', 'AnalysisScheduled'))?.status === 'True';
    });
    expect(await conditionOf('secretless-landing', 'Stalled')).toBeUndefined();
  }, 400_000);
});
