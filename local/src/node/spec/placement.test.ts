import { describe, expect, it } from '@jest/globals';
import type { Pod, PodSpec } from '../types.ts';
import { imageName, programOf } from './images.ts';
import { referencesOf } from './references.ts';
import { rewritePath } from './rewrite-path.ts';
import { whyUnsupported } from './unsupported.ts';

const pod = (spec: Partial<PodSpec>): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { containers: [{ name: 'main', image: 'a/b:1' }], ...spec },
});
const programs = { 'a/b': ['program'] };

describe('an image', () => {
  it.each([
    ['a/b', 'a/b'],
    ['a/b:1.0', 'a/b'],
    ['reg:5000/a/b', 'reg:5000/a/b'],
    ['reg:5000/a/b:1@sha256:abc', 'reg:5000/a/b'],
  ])('%s is named %s', (image, name) => expect(imageName(image)).toBe(name));

  it('is found behind any registry, and no other is', () => {
    expect(programOf('ghcr.io/acme/a/b:2', programs)).toEqual(['program']);
    expect(programOf('b:2', programs)).toBeUndefined();
    expect(programOf('constructor', programs)).toBeUndefined();
  });
});

describe('a path in the environment', () => {
  const mounts = ['/etc/app/config', '/data', '/etc/app/source/one'];
  it.each([
    ['/data', '/pod/data'],
    ['/data/x/y', '/pod/data/x/y'],
    ['/data-old', '/data-old'],
    ['/etc/app/config/config.json', '/pod/etc/app/config/config.json'],
    ['/etc/app/source', '/pod/etc/app/source'],
    ['/etc', '/etc'],
    ['/', '/'],
    ['/usr/bin', '/usr/bin'],
    ['data', 'data'],
    ['--dir=/data', '--dir=/data'],
  ])('%s becomes %s', (text, expected) => expect(rewritePath(text, mounts, '/pod')).toBe(expected));
});

describe('what the node cannot do', () => {
  const container = { name: 'main', image: 'a/b:1' };
  it.each<[string, Partial<PodSpec>, RegExp]>([
    ['the network of the host', { hostNetwork: true }, /^hostNetwork/],
    ['processes of the host', { hostPID: true }, /^hostPID/],
    ['folders of the host', { volumes: [{ name: 'h', hostPath: { path: '/' } }] }, /volume h: hostPath/],
    ['privileges', { containers: [{ ...container, securityContext: { privileged: true } }] }, /privileged/],
    [
      'capabilities',
      { containers: [{ ...container, securityContext: { capabilities: { add: ['NET_ADMIN'] } } }] },
      /NET_ADMIN/,
    ],
    ['root', { securityContext: { runAsUser: 0 } }, /runAsUser 0/],
    [
      'ports of the host',
      { containers: [{ ...container, ports: [{ containerPort: 1, hostPort: 80 }] }] },
      /hostPort 80/,
    ],
    ['images', { containers: [{ name: 'main', image: 'nginx' }] }, /image nginx .*a\/b/],
    ['sidecars', { initContainers: [{ ...container, restartPolicy: 'Always' }] }, /sidecar/],
    ['gRPC probes', { containers: [{ ...container, livenessProbe: { grpc: { port: 1 } } }] }, /gRPC/],
    [
      'mounts inside mounts',
      {
        containers: [
          {
            ...container,
            volumeMounts: [
              { name: 'a', mountPath: '/a' },
              { name: 'b', mountPath: '/a/b' },
            ],
          },
        ],
      },
      /inside another/,
    ],
  ])('is %s', (_what, spec, expected) => expect(whyUnsupported(pod(spec), programs)).toMatch(expected));

  it('is nothing that a restricted pod asks for', () => {
    const spec: Partial<PodSpec> = {
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 1000,
        fsGroup: 1000,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        {
          ...container,
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          resources: { limits: { memory: '64Mi' } },
        },
      ],
      volumes: [{ name: 'e', emptyDir: {} }],
    };
    expect(whyUnsupported(pod(spec), programs)).toBeUndefined();
  });
});

describe('the objects that a pod needs', () => {
  it('are found in the environment and in volumes, each once', () => {
    const found = referencesOf(
      pod({
        containers: [
          {
            name: 'main',
            envFrom: [{ configMapRef: { name: 'c1' } }],
            env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 's1', key: 'k' } } }],
          },
        ],
        volumes: [
          { name: '1', secret: { secretName: 's1' } },
          { name: '2', projected: { sources: [{ secret: { name: 's2' } }, { configMap: { name: 'c2' } }] } },
          { name: '3', persistentVolumeClaim: { claimName: 'p1' } },
        ],
      }),
    );
    expect(found).toEqual({ configMaps: ['c1', 'c2'], secrets: ['s1', 's2'], claims: ['p1'] });
  });
});
