import { describe, expect, it } from '@jest/globals';
import type { ConfigMap, Secret } from '@tributary/operator/kube';
import type { ContainerSpec, Pod } from '../types.ts';
import { expand } from './expand.ts';
import { type EnvContext, resolveEnv } from './resolve-env.ts';

const configMap = { metadata: { name: 'c' }, data: { A: '1', B: '2' } } as unknown as ConfigMap;
const secret = {
  metadata: { name: 's' },
  data: { B: Buffer.from('ß').toString('base64') },
} as unknown as Secret;

function context(container: Partial<ContainerSpec>): EnvContext {
  const full: ContainerSpec = { name: 'main', ...container };
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'n', uid: 'u', labels: { app: 'x' }, annotations: { b: 'q"', a: '1' } },
    spec: { nodeName: 'local', serviceAccountName: 'sa', containers: [full] },
  };
  return {
    pod,
    container: full,
    facts: { podIP: '127.9.1.1', hostIP: '127.9.0.1', allocatable: { cpu: '2', memory: '1Gi' } },
    objects: {
      configMap: (name) => (name === 'c' ? configMap : undefined),
      secret: (name) => (name === 's' ? secret : undefined),
    },
  };
}
const field = (fieldPath: string) => ({ valueFrom: { fieldRef: { fieldPath } } });
const resource = (name: string, divisor?: string) => ({
  valueFrom: { resourceFieldRef: { resource: name, ...(divisor === undefined ? {} : { divisor }) } },
});

describe('the environment of a container', () => {
  it('lets later sources win, and env win over envFrom', () => {
    const env = resolveEnv(
      context({
        envFrom: [
          { configMapRef: { name: 'c' } },
          { prefix: 'S_', secretRef: { name: 's' } },
          { secretRef: { name: 's' } },
        ],
        env: [{ name: 'A', value: 'own' }],
      }),
      { BASE: 'x' },
    );
    expect(env).toEqual({ BASE: 'x', A: 'own', B: 'ß', S_B: 'ß' });
  });

  it('takes single keys, and leaves out what is optional and not there', () => {
    const env = resolveEnv(
      context({
        env: [
          { name: 'ONE', valueFrom: { configMapKeyRef: { name: 'c', key: 'A' } } },
          { name: 'TWO', valueFrom: { secretKeyRef: { name: 's', key: 'B' } } },
          { name: 'NONE', valueFrom: { secretKeyRef: { name: 'absent', key: 'B', optional: true } } },
        ],
      }),
    );
    expect(env).toEqual({ ONE: '1', TWO: 'ß' });
  });

  it('says which object or key is missing', () => {
    const missing = (env: NonNullable<ContainerSpec['env']>) => () => resolveEnv(context({ env }));
    expect(missing([{ name: 'X', valueFrom: { configMapKeyRef: { name: 'c', key: 'Z' } } }])).toThrow(
      'couldn\'t find key Z in configmap "c"',
    );
    expect(() => resolveEnv(context({ envFrom: [{ secretRef: { name: 'absent' } }] }))).toThrow(
      'secret "absent" not found',
    );
  });

  it('knows the downward API', () => {
    const env = resolveEnv(
      context({
        resources: { limits: { cpu: '250m' }, requests: { memory: '64Mi' } },
        env: [
          { name: 'NAME', ...field('metadata.name') },
          { name: 'LABEL', ...field("metadata.labels['app']") },
          { name: 'NO_LABEL', ...field("metadata.labels['none']") },
          { name: 'ANNOTATIONS', ...field('metadata.annotations') },
          { name: 'IP', ...field('status.podIP') },
          { name: 'HOST', ...field('status.hostIP') },
          { name: 'CPU', ...resource('limits.cpu') },
          { name: 'MILLI', ...resource('limits.cpu', '1m') },
          { name: 'MEMORY', ...resource('requests.memory', '1Mi') },
          { name: 'UNLIMITED', ...resource('limits.memory') },
        ],
      }),
    );
    expect(env).toEqual({
      NAME: 'p',
      LABEL: 'x',
      NO_LABEL: '',
      ANNOTATIONS: 'a="1"\nb="q\\""',
      IP: '127.9.1.1',
      HOST: '127.9.0.1',
      CPU: '1',
      MILLI: '250',
      MEMORY: '64',
      UNLIMITED: String(2 ** 30),
    });
  });

  it('refers to what was set before, and only that', () => {
    const env = resolveEnv(
      context({
        env: [
          { name: 'EARLY', value: '$(LATE)' },
          { name: 'LATE', value: 'l' },
          { name: 'BOTH', value: '$(EARLY)-$(LATE)' },
        ],
      }),
    );
    expect(env).toEqual({ EARLY: '$(LATE)', LATE: 'l', BOTH: '$(LATE)-l' });
  });
});

describe('expansion', () => {
  it.each([
    ['$(A)', 'a'],
    ['x$(A)y$(A)', 'xaya'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$a'],
    ['$(NONE)', '$(NONE)'],
    ['$(A', '$(A'],
    ['$A ${A} $', '$A ${A} $'],
    ['', ''],
  ])('turns %s into %s', (text, expected) => {
    expect(expand(text, (name) => (name === 'A' ? 'a' : undefined))).toBe(expected);
  });
});
