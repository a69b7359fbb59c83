import { describe, expect, it } from '@jest/globals';
import { mergeManifest } from './manifests.ts';

describe('mergeManifest', () => {
  it('changes only what the overlay names', () => {
    const object = {
      apiVersion: 'v1',
      kind: 'X',
      metadata: { name: 'a' },
      spec: { keep: { deep: 1 }, list: [1, 2], drop: true },
    };
    expect(mergeManifest(object, { spec: { keep: { more: 2 }, list: [3], drop: null } })).toEqual({
      apiVersion: 'v1',
      kind: 'X',
      metadata: { name: 'a' },
      spec: { keep: { deep: 1, more: 2 }, list: [3] },
    });
    expect(object.spec.drop).toBe(true);
  });
});
