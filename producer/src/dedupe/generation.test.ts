import { describe, expect, it } from '@jest/globals';
import type { Column } from '@tributary/api';
import { resume, shapeOf } from './generation.ts';

const time: Column = { name: 'time', role: 'time', type: 'timestamp' };
const value: Column = { name: 'value', role: 'measure', type: 'double' };
const shape = (change: Partial<Column> = {}, of: 'time' | 'value' = 'value'): string =>
  shapeOf([of === 'time' ? { ...time, ...change } : time, of === 'value' ? { ...value, ...change } : value]);

describe('the shape of records', () => {
  it.each<[string, Partial<Column>, 'time' | 'value']>([
    ['a path', { path: 'v' }, 'value'],
    ['a role', { role: 'key' }, 'value'],
    ['how a number is written', { number: { decimal: ',', affixes: [] } }, 'value'],
    ['the words for a missing value', { nulls: ['-'] }, 'value'],
    ['where the word for a missing value stands', { nullFrom: 'noData' }, 'value'],
    ['a zone', { zone: 'Europe/Berlin' }, 'time'],
    ['where the zone stands', { zoneFrom: '$.zone' }, 'time'],
    ['how the time is written', { format: 'epochMillis' }, 'time'],
  ])('changes with %s', (_what, change, of) => {
    expect(shape(change, of)).not.toBe(shape());
  });

  it.each<[string, Partial<Column>]>([
    ['a type', { type: 'long' }],
    ['a unit', { unit: 'm' }],
    ['a path that is the name', { path: 'value' }],
    ['the role of what is neither key nor time', { role: 'dimension' }],
  ])('does not change with %s, which only downstream reads', (_what, change) => {
    expect(shape(change)).toBe(shape());
  });

  it('changes with the words for a missing value of every column, in whatever order they stand', () => {
    const columns = [time, value];
    expect(shapeOf(columns, [])).toBe(shapeOf(columns));
    expect(shapeOf(columns, ['-'])).not.toBe(shapeOf(columns));
    expect(shapeOf(columns, ['-', '.'])).toBe(shapeOf(columns, ['.', '-']));
  });

  it('begins a new generation when it changes, at the beginning of the feed', () => {
    const first = { ...resume(undefined, shape(), 'request'), cursor: '2026-03-06', pageToken: '2' };
    expect(resume(first, shape(), 'request')).toBe(first);
    expect(resume(first, shape({ nulls: ['-'] }), 'request')).toMatchObject({
      generation: 2,
      recordIndex: 0,
    });
    expect(resume(first, shape({ nulls: ['-'] }), 'request')).not.toHaveProperty('cursor');
  });
});
