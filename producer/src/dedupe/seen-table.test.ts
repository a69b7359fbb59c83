import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { digest } from '../extract/digest.ts';
import { SeenTable, type Seen } from './seen-table.ts';

const seen = (content: number, generation = 1): Seen => ({
  hash: digest(`content ${content}`),
  time: Date.UTC(2026, 0, 1),
  generation,
});

describe('the table of what was published', () => {
  it('is a map, whatever is put in, taken out and put in again', () => {
    const id = fc.integer({ min: 0, max: 3_000 });
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.tuple(fc.constant('set'), id, fc.integer({ min: 0, max: 3 })) },
      { weight: 3, arbitrary: fc.tuple(fc.constant('delete'), id, fc.constant(0)) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('unmark'), id, fc.constant(0)) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 5_000, minLength: 2_000 }), (steps) => {
        const [table, map, marked] = [new SeenTable(), new Map<string, Seen>(), new Set<string>()];
        for (const [what, index, content] of steps) {
          const identity = digest(`id ${index}`);
          if (what === 'set') {
            table.set(identity, seen(content));
            map.set(identity, seen(content));
            marked.add(identity);
          } else if (what === 'delete') {
            table.delete(identity);
            map.delete(identity);
          } else {
            table.unmark();
            marked.clear();
          }
        }
        expect(table.size).toBe(map.size);
        expect([...table.unmarked()].map(({ identity }) => identity).sort()).toEqual(
          [...map.keys()].filter((identity) => !marked.has(identity)).sort(),
        );
        for (const [identity, { hash }] of map) {
          expect(table.matches(identity, hash, 1)).toBe(true);
          expect(table.matches(identity, digest('other'), 1)).toBe(false);
          expect(table.matches(identity, hash, 2)).toBe(false);
        }
      }),
      { numRuns: 6 },
    );
  });

  it.each([
    ['far in the future', '+275760-09-13T00:00:00Z', '6053-01-23T02:07:00.000Z'],
    ['far in the past', '-271821-04-20T00:00:00Z', '-002114-12-08T21:53:00.000Z'],
  ])('keeps a time that is %s on its side', (_what, time, kept) => {
    const table = new SeenTable();
    table.set(digest('a'), { ...seen(1), time: Date.parse(time) });
    table.unmark();
    expect([...table.unmarked()].map((slot) => new Date(slot.time).toISOString())).toEqual([kept]);
  });

  it('gives back what it was told', () => {
    const table = new SeenTable();
    table.set(digest('a'), { ...seen(1, 7), key: '{"id":"a"}' });
    table.set(digest('b'), { ...seen(2), time: Number.NaN, dead: true });
    table.unmark();
    expect([...table.unmarked()].sort((one, other) => one.generation - other.generation)).toEqual([
      { identity: digest('b'), time: Number.NaN, generation: 1, dead: true, key: undefined },
      {
        identity: digest('a'),
        time: Date.UTC(2026, 0, 1),
        generation: 7,
        dead: false,
        key: '{"id":"a"}',
      },
    ]);
  });

  it('knows what a poll has returned after as many polls as a feed of years has', () => {
    const table = new SeenTable();
    table.set(digest('a'), seen(1));
    for (let poll = 0; poll < 70_000; poll += 1) table.unmark();
    expect([...table.unmarked()]).toHaveLength(1);
    expect(table.matches(digest('a'), seen(1).hash, 1)).toBe(true);
    expect([...table.unmarked()]).toEqual([]);
  });

  it('keeps half a million in some tens of bytes each', () => {
    const table = new SeenTable();
    const { arrayBuffers: before } = process.memoryUsage();
    let most = 0;
    for (let index = 0; index < 500_000; index += 1) {
      table.set(digest(String(index)), seen(index % 10));
      if (index % 10_000 === 0) most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    expect(table.size).toBe(500_000);
    expect(table.bytes / table.size).toBeLessThan(60);
    // Also while it grows, whenever garbage is collected.
    expect(most / table.bytes).toBeLessThan(1.1);
  });
});
