import { describe, expect, it } from '@jest/globals';
import type { Kafka, KafkaRecord } from '@tributary/kafka';
import { compareTopics } from './compare-topics.ts';

type Row = Record<string, string | null> & { id: string };

/** A Kafka that holds two topics. */
function kafkaOf(one: readonly Row[], other: readonly Row[]): Pick<Kafka, 'readToEnd'> {
  return {
    async *readToEnd({ topic }) {
      await Promise.resolve();
      for (const row of topic === 'one' ? one : other)
        yield {
          key: Buffer.from(JSON.stringify({ id: row.id })),
          value: Buffer.from(JSON.stringify(row)),
        } as KafkaRecord;
    },
  };
}

const a = { id: 'a', price: '100.500000', note: 'x' };
const b = { id: 'b', price: '1000000007', note: null };

describe('two topics', () => {
  it('are the same whatever the order of records and members, and however numbers are written', async () => {
    const theirs = [
      { price: '1.000000007e+09', note: null, id: 'b' },
      { id: 'a', price: '100.5', note: 'x' },
    ];
    expect(await compareTopics(kafkaOf([a, b], theirs), 'one', 'other')).toBe(2);
  });

  it.each<[string, Row[], Row[], RegExp]>([
    [
      'a value',
      [a, b],
      [a, { ...b, note: '' }],
      /differ in 1 records: \{"id":"b"\} has another value in one/,
    ],
    ['a digit', [a], [{ ...a, price: '100.6' }], /has another value/],
    ['a record that only one has', [a, b], [a], /\{"id":"b"\} is missing in other/],
    ['a record that only the other has', [a], [a, b], /\{"id":"b"\} is missing in one/],
    ['a repetition in one', [a, a], [a], /one holds \{"id":"a"\} twice/],
    ['a repetition in the other', [a], [a, a], /other holds \{"id":"a"\} twice/],
  ])('are told to differ by %s', async (_what, one, other, message) => {
    await expect(compareTopics(kafkaOf(one, other), 'one', 'other')).rejects.toThrow(message);
  });
});
