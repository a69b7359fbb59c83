import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { digest } from '../extract/digest.ts';
import { RecordPacker } from './record-packer.ts';
import type { FeedRecord } from '../extract/record.ts';

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.integer({ min: 60, max: 70 }).map((length) => 'é'.repeat(length)),
  fc.integer({ min: 2_000, max: 9_000 }).map((length) => '漢'.repeat(length)),
);
const time = fc.oneof(
  fc.constant(''),
  fc.constantFrom('2026-01-01T00:00:00.000Z', '1969-12-31T23:59:59.999Z', '+012026-01-01T00:00:00.000Z'),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
);
const record = fc.tuple(fc.nat(90), time, text, text).map(([id, eventTime, name, value]): FeedRecord => {
  const [key, json] = [JSON.stringify({ id: `${id}`, name }), JSON.stringify({ id: `${id}`, value })];
  const identity = digest(`${id}`, eventTime);
  return { key, value: json, eventTime, identity, hash: digest(json), cells: new Map() };
});

/** What they are as objects. */
function plain(records: readonly FeedRecord[]): FeedRecord[] {
  const last = new Map<string, FeedRecord>();
  for (const one of records) last.set(one.identity, one);
  const at = ({ eventTime }: FeedRecord): number => (eventTime === '' ? -Infinity : Date.parse(eventTime));
  return [...last.values()].sort((a, b) => (at(a) < at(b) ? -1 : at(a) > at(b) ? 1 : 0));
}

describe('packed records', () => {
  it('tell what they take in memory, which is little more than what they hold', () => {
    const packer = new RecordPacker(300);
    const value = JSON.stringify({ note: 'x'.repeat(48 * 1024) });
    for (let id = 0; id < 300; id += 1) {
      const [key, eventTime] = [`{"id":"${id}"}`, '2026-01-01T00:00:00.000Z'];
      const identity = digest(key, eventTime);
      packer.add({ key, value, eventTime, identity, hash: digest(value), cells: new Map() });
    }
    const packed = packer.packed();
    const held = 300 * value.length;
    expect(packed.bytes).toBeGreaterThan(held);
    expect(packed.bytes).toBeLessThan(held * 1.4);
    expect(packed.at(299)?.value).toBe(value);
  });

  it('are the last of each identity, oldest first, with every character', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 400 }), fc.nat(500), (records, expected) => {
        const packer = new RecordPacker(expected);
        for (const one of records) packer.add(one);
        const packed = packer.packed();
        const told = ({ key, value, eventTime, identity, hash }: FeedRecord) => ({
          key,
          value,
          eventTime,
          identity,
          hash,
        });
        expect([...packed].map(told)).toEqual(plain(records).map(told));
        expect(packed.at(-1)?.identity).toBe(plain(records).at(-1)?.identity);
        for (const one of packed)
          expect(one.time).toBe(one.eventTime === '' ? Number.NaN : Date.parse(one.eventTime));
      }),
      { numRuns: 100 },
    );
  });

  it('tell none where there is none', () => {
    const packed = new RecordPacker(0).packed();
    expect([packed.length, packed.at(0), packed.at(-1), [...packed]]).toEqual([0, undefined, undefined, []]);
  });

  it('are not read any more once they are given back', () => {
    const packer = new RecordPacker(1);
    packer.add({
      key: '{}',
      value: '{}',
      eventTime: '',
      identity: digest('a'),
      hash: digest('b'),
      cells: new Map(),
    });
    const packed = packer.packed();
    const [first] = packed;
    packed.release();
    for (const read of [() => packed.length, () => [...packed], () => first?.value, () => first?.packed])
      expect(read).toThrow('given back');
  });
});
