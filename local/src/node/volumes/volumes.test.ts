import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConfigMap, Secret } from '@tributary/operator/kube';
import type { Pod, Volume } from '../types.ts';
import { writeAtomically } from './atomic-writer.ts';
import { filesOf, type PayloadContext, tokenKey } from './payload.ts';

const context: PayloadContext = {
  pod: {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', labels: { a: 'b' } },
    spec: { containers: [] },
  } satisfies Pod,
  facts: { podIP: '', hostIP: '', allocatable: {} },
  objects: {
    configMap: (name) =>
      name === 'c' ? ({ data: { one: '1', two: '2' } } as unknown as ConfigMap) : undefined,
    secret: (name) =>
      name === 's'
        ? ({ data: { key: Buffer.from([0, 255]).toString('base64') } } as unknown as Secret)
        : undefined,
  },
  tokens: new Map([[tokenKey({ audience: undefined, expirationSeconds: 600 }), 'a-token']]),
};
const show = (volume: Partial<Volume>) =>
  filesOf({ name: 'v', ...volume }, context)?.map(
    ({ path, data, mode }) => `${path} ${mode.toString(8)} ${data.toString('latin1')}`,
  );

describe('the files of a volume', () => {
  it('are all keys of an object, or the chosen ones with their modes', () => {
    expect(show({ configMap: { name: 'c' } })).toEqual(['one 644 1', 'two 644 2']);
    expect(
      show({
        configMap: { name: 'c', defaultMode: 0o400, items: [{ key: 'two', path: 'deep/2', mode: 0o440 }] },
      }),
    ).toEqual(['deep/2 440 2']);
    expect(show({ secret: { secretName: 's' } })).toEqual(['key 644 \0ÿ']);
  });

  it('come from several sources in a projected volume', () => {
    const sources = [
      { configMap: { name: 'c', items: [{ key: 'one', path: 'ca.crt' }] } },
      { serviceAccountToken: { path: 'token', expirationSeconds: 600 } },
      { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
    ];
    expect(show({ projected: { sources } })).toEqual([
      'ca.crt 644 1',
      'token 600 a-token',
      'labels 644 a="b"',
    ]);
  });

  it('are awaited unless they are optional', () => {
    expect(() => show({ secret: { secretName: 'absent' } })).toThrow('secret "absent" not found');
    expect(() => show({ configMap: { name: 'c', items: [{ key: 'x', path: 'x' }] } })).toThrow(
      'has no key x',
    );
    expect(show({ secret: { secretName: 'absent', optional: true } })).toEqual([]);
    expect(show({ emptyDir: {} })).toBeUndefined();
  });
});

describe('the atomic writer', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tributary-volume-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const file = (path: string, text: string, mode = 0o640) => ({ path, data: Buffer.from(text), mode });

  it('shows files through one link, swapped as a whole, and removes what is no longer there', () => {
    expect(writeAtomically(folder, [file('a', '1'), file('deep/b', '2')])).toBe(true);
    expect(readFileSync(join(folder, 'deep/b'), 'utf8')).toBe('2');
    expect(statSync(join(folder, 'a')).mode & 0o777).toBe(0o640);
    const first = readlinkSync(join(folder, '..data'));
    expect(writeAtomically(folder, [file('a', '1'), file('deep/b', '2')])).toBe(false);
    expect(writeAtomically(folder, [file('a', 'changed')])).toBe(true);
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('changed');
    expect(readdirSync(folder).toSorted()).toEqual(
      ['..data', readlinkSync(join(folder, '..data')), 'a'].toSorted(),
    );
    expect(readlinkSync(join(folder, '..data'))).not.toBe(first);
  });

  it('writes nothing outside its folder', () => {
    for (const path of ['../x', '/x', 'a/../../x', '..data', ''])
      expect(() => writeAtomically(folder, [file(path, '')])).toThrow(RangeError);
  });
});
