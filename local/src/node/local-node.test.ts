/** The node on a real control plane, seen as a user sees it: through kubectl and the API. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { ConfigMapResource, DeploymentResource, PodResource } from '@tributary/operator/kube';
import { waitUntil } from '../processes/wait-until.ts';
import { IMAGE, isReady, NAMESPACE, startTestCluster, type TestCluster } from './testing/test-cluster.ts';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster({ restartBackoff: { baseMs: 1_000 } });
}, 900_000);
afterAll(async () => {
  await cluster?.stop();
}, 60_000);

const FOREVER = 'setInterval(() => {}, 1000);';
const script = (text: string) => ({ name: 'main', image: IMAGE, args: [text] });
const pidOf = (pod: string) => cluster.node.pods().find(({ name }) => name === pod)?.containers[0]?.pid;
const isGone = (pid: number) => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};

describe('a local node', () => {
  it('is Ready and says that it is no usual node', async () => {
    const shown = await cluster.kubectl('get', 'nodes', '-o', 'wide');
    expect(shown).toMatch(/local\s+Ready/);
    expect(shown).toContain('pods are processes');
  });

  it('runs the pods of a Deployment, shows their logs, restarts what is killed, and ends them', async () => {
    const server = `require('node:http').createServer((q, r) => r.end('ok')).listen(8080, process.env.IP, () => console.log('serving on', process.env.IP)); process.on('SIGTERM', () => { console.log('bye'); process.exit(0); });`;
    const labels = { app: 'web' };
    await cluster.client.create(DeploymentResource, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: NAMESPACE },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: [
              {
                ...script(server),
                env: [{ name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
                ports: [{ name: 'http', containerPort: 8080 }],
                readinessProbe: { httpGet: { path: '/', port: 'http' } },
                livenessProbe: { httpGet: { path: '/', port: 'http' } },
              },
            ],
          },
        },
      },
    });
    await cluster.kubectl('rollout', 'status', 'deployment/web', '--timeout=30s');
    const { items } = await cluster.client.list(PodResource, {
      namespace: NAMESPACE,
      labelSelector: 'app=web',
    });
    const addresses = new Set(items.map(({ status }) => status?.podIP));
    expect(addresses.size).toBe(2);
    const name = items[0]?.metadata.name ?? '';
    expect(await cluster.kubectl('logs', name)).toBe(`serving on ${items[0]?.status?.podIP}\n`);

    const pid = pidOf(name) ?? 0;
    process.kill(pid, 'SIGKILL');
    const restarted = await cluster.pod(
      name,
      (pod) => isReady(pod) && pod.status?.containerStatuses?.[0]?.restartCount === 1,
    );
    expect(restarted.status?.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({
      exitCode: 137,
      reason: 'Error',
    });
    expect(await cluster.kubectl('logs', '--previous', name)).toContain('serving on');

    const pids = cluster.node
      .pods()
      .flatMap(({ containers }) => containers.map((container) => container.pid ?? 0));
    await cluster.kubectl('delete', 'deployment', 'web', '--wait=true');
    await cluster.kubectl('wait', '--for=delete', 'pod', '-l', 'app=web', '--timeout=30s');
    expect(pids.filter((each) => !isGone(each))).toEqual([]);
  }, 90_000);

  it('brings a changed ConfigMap to the mounted file, and moves paths in the environment', async () => {
    const metadata = { name: 'settings', namespace: NAMESPACE };
    await cluster.client.create(ConfigMapResource, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
      data: { mode: 'old' },
    });
    await cluster.createPod('reader', {
      containers: [
        {
          ...script(
            `const fs = require('node:fs'); let seen; setInterval(() => { const now = fs.readFileSync(process.env.FILE, 'utf8'); if (now !== seen) console.log(seen = now); }, 20);`,
          ),
          env: [{ name: 'FILE', value: '/etc/settings/mode' }],
          volumeMounts: [{ name: 'settings', mountPath: '/etc/settings' }],
        },
      ],
      volumes: [{ name: 'settings', configMap: { name: 'settings' } }],
    });
    const logs = () => cluster.kubectl('logs', 'reader');
    await waitUntil(async () => (await logs()) === 'old\n', { what: 'the old value', timeoutMs: 30_000 });
    await cluster.client.mergePatch(ConfigMapResource, 'settings', NAMESPACE, { data: { mode: 'new' } });
    await waitUntil(async () => (await logs()) !== 'old\n', { what: 'the new value', timeoutMs: 30_000 });
    expect(await logs()).toBe('old\nnew\n');
    await cluster.kubectl('delete', 'pod', 'reader');
  }, 90_000);

  it('follows a log until its container ends', async () => {
    await cluster.createPod('counter', {
      restartPolicy: 'Never',
      containers: [
        script(
          `let n = 0; const t = setInterval(() => { console.log('line', n); if (++n === 5) clearInterval(t); }, 100);`,
        ),
      ],
    });
    await cluster.pod('counter', ({ status }) => status?.phase !== 'Pending');
    const { command, env } = cluster.kubectlCommand;
    const child = spawn(command, ['logs', '-f', 'counter'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await new Promise((resolve) => child.once('close', resolve));
    expect(text).toBe('line 0\nline 1\nline 2\nline 3\nline 4\n');
    expect(await cluster.kubectl('logs', '--tail=2', 'counter')).toBe('line 3\nline 4\n');
    await cluster.pod('counter', ({ status }) => status?.phase === 'Succeeded');
    await cluster.kubectl('delete', 'pod', 'counter');
  }, 60_000);

  it('waits longer and longer before it restarts what keeps failing', async () => {
    await cluster.createPod('crasher', {
      containers: [script(`console.error('no luck'); process.exit(3);`)],
    });
    const pod = await cluster.pod('crasher', ({ status }) => {
      const container = status?.containerStatuses?.[0];
      return container?.restartCount === 2 && container.state?.waiting?.reason === 'CrashLoopBackOff';
    });
    const { state, lastState } = pod.status?.containerStatuses?.[0] ?? {};
    expect(state?.waiting?.message).toContain('back-off 2s');
    expect(lastState?.terminated).toMatchObject({ exitCode: 3, reason: 'Error' });
    expect(await cluster.kubectl('logs', 'crasher')).toBe('no luck\n');
    await cluster.kubectl('delete', 'pod', 'crasher');
  }, 60_000);

  it('refuses what it cannot do', async () => {
    await cluster.createPod('hostly', { hostNetwork: true, containers: [script(FOREVER)] });
    await cluster.createPod('stranger', { containers: [{ name: 'main', image: 'nginx:1' }] });
    for (const name of ['hostly', 'stranger']) {
      const pod = await cluster.pod(name, ({ status }) => status?.phase === 'Failed');
      expect(pod.status?.reason).toBe('UnsupportedByLocalNode');
    }
    await cluster.kubectl('delete', 'pod', 'hostly', 'stranger');
  }, 60_000);

  it('gives a pod its environment and nothing of the host', async () => {
    process.env['TRIBUTARY_TEST_OF_THE_HOST'] = 'leaked';
    await cluster.createPod('env', {
      restartPolicy: 'Never',
      containers: [
        {
          ...script(`console.log(JSON.stringify(process.env))`),
          env: [
            { name: 'A', value: 'x' },
            { name: 'B', value: '$(A)y$$(A)' },
          ],
        },
      ],
    });
    await cluster.pod('env', ({ status }) => status?.phase === 'Succeeded');
    const env = JSON.parse(await cluster.kubectl('logs', 'env')) as Record<string, string>;
    expect(env).toMatchObject({ A: 'x', B: 'xy$(A)', HOSTNAME: 'env' });
    expect(env['TRIBUTARY_TEST_OF_THE_HOST']).toBeUndefined();
    // The token that every pod has by default: usable through the kubeconfig.
    expect(readFileSync(env['KUBECONFIG'] ?? '', 'utf8')).toContain('tokenFile');
    await cluster.kubectl('delete', 'pod', 'env');
  }, 60_000);
});
