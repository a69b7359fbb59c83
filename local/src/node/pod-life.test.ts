/** What a pod can count on: volumes, identity, probes, order, grace; and what is left when things go wrong. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import {
  NamespaceResource,
  NodeResource,
  PersistentVolumeClaimResource,
  PersistentVolumeResource,
  PodResource,
  SecretResource,
} from '@tributary/operator/kube';
import { groupIsAlive, startTimeOf } from '../processes/process-identity.ts';
import { waitUntil } from '../processes/wait-until.ts';
import {
  IMAGE,
  isReady,
  NAMESPACE,
  startTestCluster,
  type TestCluster,
  testFolder,
} from './testing/test-cluster.ts';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster({ restartBackoff: { baseMs: 1_000 } });
}, 900_000);
afterAll(async () => {
  await cluster?.stop();
}, 60_000);

const FOREVER = 'setInterval(() => {}, 1000);';
const script = (text: string, name = 'main') => ({ name, image: IMAGE, args: [text] });
const pidOf = (pod: string) => cluster.node.pods().find(({ name }) => name === pod)?.containers[0]?.pid ?? 0;
const logs = (pod: string, ...more: string[]) => cluster.kubectl('logs', pod, ...more);
const until = (what: string, condition: () => Promise<boolean>) =>
  waitUntil(condition, { what, timeoutMs: 30_000 });

describe('a pod of the local node', () => {
  it('keeps what it writes to a claim, which goes with the claim', async () => {
    await cluster.client.create(PersistentVolumeClaimResource, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', namespace: NAMESPACE },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    });
    const pod = (text: string) => ({
      restartPolicy: 'Never',
      containers: [
        {
          ...script(text),
          env: [{ name: 'DIR', value: '/data' }],
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
        },
      ],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
    });
    await cluster.createPod(
      'writes',
      pod(`require('node:fs').writeFileSync(process.env.DIR + '/f', 'kept')`),
    );
    await cluster.pod('writes', ({ status }) => status?.phase === 'Succeeded');
    await cluster.kubectl('delete', 'pod', 'writes');
    await cluster.createPod(
      'reads',
      pod(`console.log(require('node:fs').readFileSync(process.env.DIR + '/f', 'utf8'))`),
    );
    await cluster.pod('reads', ({ status }) => status?.phase === 'Succeeded');
    expect(await logs('reads')).toBe('kept\n');
    const [volume] = (await cluster.client.list(PersistentVolumeResource)).items;
    const folder = volume?.spec?.local?.path ?? '';
    expect(existsSync(join(folder, 'f'))).toBe(true);
    await cluster.kubectl('delete', 'pod', 'reads');
    await cluster.kubectl('delete', 'pvc', 'data', '--wait=false');
    await until(
      'the volume to go',
      async () => (await cluster.client.list(PersistentVolumeResource)).items.length === 0,
    );
    expect(existsSync(folder)).toBe(false);
  }, 90_000);

  it('reaches the API server as its service account, by the kubeconfig it is given', async () => {
    await cluster.createPod('caller', {
      restartPolicy: 'Never',
      containers: [
        script(`
          const fs = require('node:fs');
          const text = fs.readFileSync(process.env.KUBECONFIG, 'utf8');
          const field = (name) => text.match(new RegExp(name + ': (.+)'))[1];
          const token = fs.readFileSync(field('tokenFile'), 'utf8');
          require('node:https').get(field('server') + '/api/v1/namespaces/default/pods',
            { ca: fs.readFileSync(field('certificate-authority')), headers: { authorization: 'Bearer ' + token } },
            (r) => { let b = ''; r.on('data', (c) => b += c); r.on('end', () => console.log(b)); });
        `),
      ],
    });
    await cluster.pod('caller', ({ status }) => status?.phase === 'Succeeded');
    expect(await logs('caller')).toContain('User \\"system:serviceaccount:default:default\\" cannot list');
    await cluster.kubectl('delete', 'pod', 'caller');
  }, 60_000);

  it('runs its init containers first, one after another', async () => {
    const note = (text: string) => `require('node:fs').appendFileSync(process.env.FILE, '${text} ')`;
    const mounted = {
      env: [{ name: 'FILE', value: '/shared/f' }],
      volumeMounts: [{ name: 'shared', mountPath: '/shared' }],
    };
    await cluster.createPod('ordered', {
      restartPolicy: 'Never',
      initContainers: [
        { ...script(note('one'), 'one'), ...mounted },
        { ...script(note('two'), 'two'), ...mounted },
      ],
      containers: [
        { ...script(`console.log(require('node:fs').readFileSync(process.env.FILE, 'utf8'))`), ...mounted },
      ],
      volumes: [{ name: 'shared', emptyDir: {} }],
    });
    await cluster.pod('ordered', ({ status }) => status?.phase === 'Succeeded');
    expect(await logs('ordered')).toBe('one two \n');
    await cluster.kubectl('delete', 'pod', 'ordered');
  }, 60_000);

  it('waits for a Secret that is not there yet', async () => {
    await cluster.createPod('patient', {
      containers: [
        {
          ...script(`console.log(process.env.KEY); ${FOREVER}`),
          env: [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 'late', key: 'k' } } }],
        },
      ],
    });
    await cluster.pod(
      'patient',
      ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CreateContainerConfigError',
    );
    await cluster.client.create(SecretResource, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'late', namespace: NAMESPACE },
      stringData: { k: 'here' },
    });
    await cluster.pod('patient', isReady);
    await until('the value', async () => (await logs('patient')) !== '');
    expect(await logs('patient')).toBe('here\n');
    await cluster.kubectl('delete', 'pod', 'patient');
  }, 60_000);

  it('is restarted when its liveness probe fails, and is ready only while its readiness probe says so', async () => {
    const file = {
      env: [{ name: 'DIR', value: '/state' }],
      volumeMounts: [{ name: 'state', mountPath: '/state' }],
    };
    const server = `
      const fs = require('node:fs');
      let live = true, ready = false;
      process.on('SIGUSR1', () => (ready = !ready));
      process.on('SIGUSR2', () => (live = false));
      require('node:http').createServer((q, r) => { r.statusCode = (q.url === '/live' ? live : ready) ? 200 : 503; r.end(); }).listen(8080, process.env.IP, () => console.log('up'));
    `;
    await cluster.createPod('probed', {
      containers: [
        {
          ...script(server),
          env: [...file.env, { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
          volumeMounts: file.volumeMounts,
          startupProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1, failureThreshold: 20 },
          livenessProbe: { httpGet: { path: '/live', port: 8080 }, periodSeconds: 1, failureThreshold: 2 },
          readinessProbe: { httpGet: { path: '/ready', port: 8080 }, periodSeconds: 1, failureThreshold: 1 },
        },
      ],
      volumes: [{ name: 'state', emptyDir: {} }],
    });
    const started = await cluster.pod(
      'probed',
      ({ status }) => status?.containerStatuses?.[0]?.started === true,
    );
    expect(isReady(started)).toBe(false);
    process.kill(pidOf('probed'), 'SIGUSR1');
    await cluster.pod('probed', isReady);
    process.kill(pidOf('probed'), 'SIGUSR1');
    await cluster.pod('probed', (pod) => !isReady(pod));
    process.kill(pidOf('probed'), 'SIGUSR2');
    await cluster.pod('probed', ({ status }) => status?.containerStatuses?.[0]?.restartCount === 1);
    await until('its events', async () => {
      const shown = await cluster.kubectl('events', '--for=pod/probed');
      return ['Started', 'Unhealthy', 'Killing'].every((reason) => shown.includes(reason));
    });
    await cluster.kubectl('delete', 'pod', 'probed');
  }, 90_000);

  it('has its grace to end, and no more than that', async () => {
    const polite = `process.on('SIGTERM', () => setTimeout(() => { console.log('done'); process.exit(0); }, 300)); console.log('up'); ${FOREVER}`;
    const deaf = `process.on('SIGTERM', () => console.log('no')); require('node:child_process').spawn(process.execPath, ['-e', '${FOREVER}'], { stdio: 'ignore' }); console.log('up'); ${FOREVER}`;
    for (const [name, text] of [
      ['polite', polite],
      ['deaf', deaf],
    ] as const) {
      await cluster.createPod(name, { terminationGracePeriodSeconds: 2, containers: [script(text)] });
      await cluster.pod(name, isReady);
      await until(`${name} to listen`, async () => (await logs(name)).includes('up'));
    }
    const deafOne = { pid: pidOf('deaf'), startTime: startTimeOf(pidOf('deaf')) ?? '' };
    const timed = async (name: string) => {
      const start = performance.now();
      await cluster.kubectl('delete', 'pod', name, '--wait=true');
      return performance.now() - start;
    };
    expect(await timed('polite')).toBeLessThan(1_900);
    expect(await timed('deaf')).toBeGreaterThan(1_900);
    // Its child too, which never heard of any signal.
    expect(groupIsAlive(deafOne)).toBe(false);
  }, 60_000);

  it('runs as it stands where PodSecurity is restricted', async () => {
    await cluster.client.create(NamespaceResource, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'strict', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    });
    await until('its service account', async () =>
      (await cluster.kubectl('get', 'sa', '-n', 'strict')).includes('default'),
    );
    await cluster.client.create(PodResource, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'safe', namespace: 'strict' },
      spec: {
        restartPolicy: 'Never',
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            ...script(`console.log(process.env.KUBECONFIG, require('node:os').tmpdir())`),
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ['ALL'] },
            },
            volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
          },
        ],
        volumes: [{ name: 'tmp', emptyDir: {} }],
      },
    });
    await until(
      'it to end',
      async () => (await cluster.client.get(PodResource, 'safe', 'strict'))?.status?.phase === 'Succeeded',
    );
    // No token, so no kubeconfig; and its own folder for what is temporary.
    expect(await logs('safe', '-n', 'strict')).toMatch(/^undefined \/.*\/root\/main\/tmp\n$/);
  }, 60_000);
});

describe('the local node', () => {
  it('answers nobody but the API server', async () => {
    await cluster.createPod('secretive', {
      containers: [script(`console.log('for the API server only'); ${FOREVER}`)],
    });
    await cluster.pod('secretive', isReady);
    const { ca, caPem, admin } = cluster.controlPlane;
    const ask = (credentials: { cert?: string; key?: string }) =>
      new Promise<number>((resolve, reject) => {
        const url = `https://${cluster.node.address}:10250/containerLogs/default/secretive/main`;
        request(url, { ca: caPem, agent: false, ...credentials }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        })
          .once('error', reject)
          .end();
      });
    await expect(ask({})).rejects.toThrow(/certificate required|ECONNRESET|socket hang up|EPIPE/i);
    expect(await ask({ cert: admin.certPem, key: admin.keyPem })).toBe(403);
    const impostor = await ca.issue({ commonName: 'system:node:other', organizations: ['system:nodes'] });
    expect(await ask({ cert: impostor.certPem, key: impostor.keyPem })).toBe(403);
    await cluster.kubectl('delete', 'pod', 'secretive');
  }, 60_000);

  it('takes its pods up again when it is started anew', async () => {
    await cluster.createPod('lasting', { containers: [script(FOREVER)] });
    const before = await cluster.pod('lasting', isReady);
    const pid = pidOf('lasting');
    await cluster.restartNode();
    const after = await cluster.pod(
      'lasting',
      (pod) => isReady(pod) && pod.status?.containerStatuses?.[0]?.restartCount === 1,
    );
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(pidOf('lasting')).not.toBe(pid);
    await cluster.kubectl('delete', 'pod', 'lasting');
  }, 60_000);

  it('shares the machine with another, and ends what that one left behind when it crashed', async () => {
    const { server, caPem, ca, kubeconfigPath } = cluster.controlPlane;
    const workDir = testFolder();
    const argument = JSON.stringify({
      server,
      caPem,
      caKeyPem: ca.keyPem,
      kubeconfigPath,
      workDir,
      name: 'other',
    });
    const start = async () => {
      const child = spawn(
        process.execPath,
        [join(import.meta.dirname, 'testing/crashing-node.ts'), argument],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      const address = await new Promise<string>((resolve, reject) => {
        child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString().trim()));
        child.once('exit', () => reject(new Error('the other node ended at once')));
      });
      return { child, address };
    };
    const crash = async (child: ReturnType<typeof spawn>) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    };
    const first = await start();
    try {
      expect(first.address).not.toBe(cluster.node.address);
      await cluster.createPod('orphan', { nodeName: 'other', containers: [script(FOREVER)] });
      const pod = await cluster.pod('orphan', isReady);
      const pid = Number(
        /process:\/\/(\d+)-/.exec(pod.status?.containerStatuses?.[0]?.containerID ?? '')?.[1],
      );
      const orphan = { pid, startTime: startTimeOf(pid) ?? '' };
      await crash(first.child);
      expect(groupIsAlive(orphan)).toBe(true);
      const second = await start();
      try {
        expect(groupIsAlive(orphan)).toBe(false);
        await cluster.pod(
          'orphan',
          (each) => isReady(each) && each.status?.containerStatuses?.[0]?.restartCount === 1,
        );
        await cluster.kubectl('delete', 'pod', 'orphan');
      } finally {
        await crash(second.child);
      }
    } finally {
      await crash(first.child).catch(() => undefined);
      await cluster.client.delete(NodeResource, 'other', undefined);
      rmSync(workDir, { recursive: true, force: true });
    }
  }, 90_000);
});

describe('a local node whose control plane went first', () => {
  it('still ends in time, with everything that it ran', async () => {
    await cluster.createPod('last', { terminationGracePeriodSeconds: 2, containers: [script(FOREVER)] });
    await cluster.pod('last', isReady);
    const pid = pidOf('last');
    const process = { pid, startTime: startTimeOf(pid) ?? '' };
    await cluster.controlPlane.stop();
    const start = performance.now();
    await cluster.node.stop();
    expect(performance.now() - start).toBeLessThan(6_000);
    expect(groupIsAlive(process)).toBe(false);
  }, 60_000);
});
