import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compact } from './compact.ts';
import type { KubeObject } from './types.ts';

type Any = KubeObject & { spec?: unknown; status?: unknown };
const object = (name: string, spec: unknown): Any => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name, namespace: 'n', uid: name, labels: { same: 'yes' } },
  spec,
});
const parse = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

describe('a compact object', () => {
  it('says what it said, without managedFields', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { maxLength: 6 }), (specs) => {
        for (const spec of specs) {
          const before = object('a', spec);
          const managedFields = [{ manager: 'm' }];
          const read = parse({ ...before, metadata: { ...before.metadata, managedFields } });
          expect(compact(read)).toEqual(parse(before));
        }
      }),
    );
  });

  it('shares equal parts with others, and nobody can change them', () => {
    const probe = { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 10 };
    const one = compact(parse(object('a', { probe, list: [probe, 1] })));
    const other = compact(parse(object('b', { probe, list: [probe, 2] })));
    const specOf = (each: Any) => each.spec as { probe: { periodSeconds: number }; list: unknown[] };
    expect(specOf(one).probe).toBe(specOf(other).probe);
    expect(specOf(one).list[0]).toBe(specOf(other).probe);
    expect(one.metadata.labels).toBe(other.metadata.labels);
    expect(specOf(one).list).not.toEqual(specOf(other).list);
    expect(() => (specOf(one).probe.periodSeconds = 1)).toThrow(TypeError);
  });

  it('is kept again as it is: the answer to a write goes to more than one cache', () => {
    const read = parse(object('a', { own: 'once', list: [{ own: 'once' }] }));
    const once = compact(read);
    expect(compact(read)).toEqual(once);
    expect(compact(once)).toEqual(once);
    expect(compact(once).spec).toBe(once.spec);
  });

  it('does not take a text for a number, a list for a map, nor one order for another', () => {
    const specs = ['1', 1, null, 'null', [], {}, ['a'], { 0: 'a' }, { a: 1, b: 2 }, { b: 2, a: 1 }];
    for (const spec of specs) {
      const kept = compact(parse(object('a', { spec }))).spec;
      expect(JSON.stringify(kept)).toBe(JSON.stringify({ spec }));
    }
  });

  it('forgets what was long not seen, and is right all the same', () => {
    for (let i = 0; i < 20_000; i += 1) {
      const spec = { own: { i }, like: { all: ['others'] } };
      expect(compact(parse(object(`n${i}`, spec))).spec).toEqual(spec);
    }
  });
});
