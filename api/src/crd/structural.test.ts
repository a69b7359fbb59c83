import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { constrained, listMap, transition } from '../constraint.ts';
import { customResourceDefinitions } from './kinds.ts';
import { type Json, structuralSchema } from './structural.ts';

describe('a structural schema', () => {
  it('is never published with a field that nobody described', () => {
    const schema = z.strictObject({ a: z.array(z.strictObject({ b: z.string() })).describe('A.') });
    expect(() => structuralSchema(schema, 'spec')).toThrow('spec.a[].b: every field needs a description');
  });

  it('has no maps and no alternatives', () => {
    const map = z.strictObject({ a: z.record(z.string(), z.string()).describe('A.') });
    expect(() => structuralSchema(map, 'spec')).toThrow(/^spec\.a: /);
    const either = z.strictObject({ a: z.union([z.string(), z.int()]).describe('A.') });
    expect(() => structuralSchema(either, 'spec')).toThrow('spec.a: anyOf has no structural form');
  });

  it('keeps defaults, bounds, list types and every rule', () => {
    const count = transition(
      constrained(z.int().min(1).max(9), {
        rule: 'self != 7',
        message: 'not seven',
        holds: (it) => it !== 7,
      }),
      { rule: 'self >= oldSelf', message: 'only up' },
    );
    const item = z.strictObject({ name: z.string().max(9).describe('Name.') });
    const schema = z.strictObject({
      count: count.default(3).describe('Count.'),
      items: listMap(z.array(item).max(4), 'name').optional().describe('Items.'),
    });
    expect(structuralSchema(schema, 'spec')).toMatchObject({
      type: 'object',
      properties: {
        count: {
          format: 'int32',
          default: 3,
          minimum: 1,
          maximum: 9,
          'x-kubernetes-validations': [{ message: 'not seven' }, { message: 'only up' }],
        },
        items: { maxItems: 4, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] },
      },
    });
  });

  it('bounds every string and list of our kinds, so that rules stay cheap', () => {
    const unbounded: string[] = [];
    const walk = (node: Json | undefined, at: string): void => {
      if (typeof node !== 'object' || node === null || Array.isArray(node)) return;
      const bounded = 'maxLength' in node || 'enum' in node;
      if (node['type'] === 'string' && !bounded) unbounded.push(at);
      if (node['type'] === 'array' && !('maxItems' in node)) unbounded.push(at);
      walk(node['items'], `${at}[]`);
      const { properties } = node;
      if (typeof properties !== 'object' || properties === null) return;
      for (const [name, child] of Object.entries(properties)) walk(child as Json, `${at}.${name}`);
    };
    for (const { definition } of customResourceDefinitions()) {
      const { versions } = definition['spec'] as {
        versions: { schema: { openAPIV3Schema: { properties: Record<string, Json> } } }[];
      };
      for (const { schema } of versions) {
        walk(schema.openAPIV3Schema.properties['spec'], 'spec');
        walk(schema.openAPIV3Schema.properties['status'], 'status');
      }
    }
    expect(unbounded).toEqual([]);
  });
});
