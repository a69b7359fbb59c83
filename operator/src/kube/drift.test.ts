import { hash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hashOf } from './apply.ts';
import { findDrift } from './drift.ts';
import type { KubeObject } from './types.ts';

function object(spec: unknown, metadata: object = {}): KubeObject {
  const thing = {
    apiVersion: 'v1',
    kind: 'Thing',
    metadata: { name: 'a', namespace: 'b', ...metadata },
    spec,
  };
  return thing;
}

const drift = (desired: unknown, observed: unknown) => findDrift(object(desired), object(observed));

describe('drift', () => {
  it('sees past what the server adds and how it writes quantities', () => {
    const desired = {
      containers: [
        {
          name: 'c',
          image: 'i',
          resources: { limits: { cpu: '1000m', memory: '64Mi' } },
          ports: [{ containerPort: 8080 }],
        },
      ],
      volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '1024Mi' } }],
    };
    const observed = {
      restartPolicy: 'Always',
      containers: [
        {
          name: 'c',
          image: 'i',
          imagePullPolicy: 'Always',
          resources: { limits: { cpu: '1', memory: '67108864' } },
          ports: [{ containerPort: 8080, protocol: 'TCP' }],
        },
      ],
      volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '1Gi' } }],
    };
    expect(drift(desired, observed)).toEqual([]);
  });

  it('names the paths that differ', () => {
    expect(drift({ a: 1, b: { c: [1, 2] } }, { a: 2, b: { c: [1, 3] } })).toEqual(['spec.a', 'spec.b.c[1]']);
  });

  it('matches items of keyed lists by key, wherever they are, and leaves the items of others alone', () => {
    const desired = { containers: [{ name: 'c', env: [{ name: 'A', value: '1' }] }] };
    const injected = {
      containers: [
        { name: 'mesh' },
        {
          name: 'c',
          env: [
            { name: 'X', value: '' },
            { name: 'A', value: '1' },
          ],
        },
      ],
    };
    expect(drift(desired, injected)).toEqual([]);
    expect(drift(desired, { containers: [{ name: 'c', env: [{ name: 'A', value: '2' }] }] })).toEqual([
      'spec.containers[c].env[A].value',
    ]);
    expect(drift(desired, { containers: [{ name: 'mesh' }] })).toEqual(['spec.containers[c]']);
  });

  it('compares other lists whole and in order', () => {
    expect(drift({ args: ['a', 'b'] }, { args: ['b', 'a'] })).toHaveLength(2);
    expect(drift({ args: ['a'] }, { args: ['a', 'b'] })).toEqual(['spec.args']);
  });

  it('takes absent and empty for the same, but not absent and false', () => {
    expect(drift({ a: {}, b: [], c: null }, {})).toEqual([]);
    expect(drift({ a: undefined }, { a: {} })).toEqual([]);
    expect(drift({ env: [{ name: 'A', value: '' }] }, { env: [{ name: 'A' }] })).toEqual([]);
    expect(drift({ labels: { a: '' } }, { labels: {} })).toEqual(['spec.labels.a']);
    expect(drift({ automount: false }, {})).toEqual(['spec.automount']);
  });

  it('does not look at what the server writes, nor at the labels of others', () => {
    const desired = object({}, { labels: { ours: '1' }, finalizers: ['f'], resourceVersion: '1' });
    const observed = object(
      {},
      { labels: { ours: '1', theirs: '2' }, finalizers: ['g', 'f'], resourceVersion: '9', uid: 'u' },
    );
    expect(findDrift(desired, observed)).toEqual([]);
    expect(findDrift(desired, object({}, { labels: { ours: '2' }, finalizers: ['f'] }))).toEqual([
      'metadata.labels.ours',
    ]);
  });

  it('does not take inherited properties for fields', () => {
    expect(drift({ map: { constructor: 'x' } }, { map: {} })).toEqual(['spec.map.constructor']);
  });

  it('hashes content, not the order of maps', () => {
    expect(hashOf(object({ a: 1, b: { c: 2, d: 3 } }))).toBe(hashOf(object({ b: { d: 3, c: 2 }, a: 1 })));
    expect(hashOf(object({ a: [1, 2] }))).not.toBe(hashOf(object({ a: [2, 1] })));
  });

  it('hashes as it always did: another hash would be a write of every object by the next version', () => {
    const byJson = (value: unknown): string => {
      if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
      if (Array.isArray(value)) return `[${value.map(byJson).join(',')}]`;
      const members = Object.entries(value).filter(([, member]) => member !== undefined);
      members.sort(([a], [b]) => (a < b ? -1 : 1));
      return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${byJson(member)}`).join(',')}}`;
    };
    const text = fc.string({ unit: 'binary' });
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        text,
        fc.double(),
        fc.boolean(),
        fc.constant(null),
        fc.constant(undefined),
        fc.array(tie('tree')),
        fc.dictionary(text, tie('tree')),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        const whole = object({ value });
        expect(hashOf(whole)).toBe(hash('sha256', byJson(whole), 'base64url').slice(0, 22));
      }),
    );
  });
});
