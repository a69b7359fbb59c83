import { createHash } from 'node:crypto';
import type { Kafka } from '@tributary/kafka';

type Reads = Pick<Kafka, 'readToEnd'>;

const MOST_TOLD = 3;

/**
 * Compares what is committed to two topics, record by record: keys and every member, numbers by their value, as not everybody
 * keeps the digits that the API wrote. Throws where they differ, or where one holds a record twice; gives how many there are.
 */
export async function compareTopics(kafka: Reads, one: string, other: string): Promise<number> {
  const known = new Map<string, string>();
  for await (const { key, content } of contentsOf(kafka, one)) {
    if (known.has(key)) throw new Error(`${one} holds ${key} twice`);
    known.set(key, content);
  }
  const count = known.size;
  const differing: string[] = [];
  const seen = new Set<string>();
  for await (const { key, content } of contentsOf(kafka, other)) {
    if (seen.has(key)) throw new Error(`${other} holds ${key} twice`);
    seen.add(key);
    if (known.get(key) !== content)
      differing.push(`${key} ${known.has(key) ? 'has another value' : 'is missing'} in ${one}`);
    known.delete(key);
  }
  for (const key of known.keys()) if (!seen.has(key)) differing.push(`${key} is missing in ${other}`);
  if (differing.length === 0) return count;
  const told = differing.slice(0, MOST_TOLD).join('; ');
  throw new Error(`${one} and ${other} differ in ${differing.length} records: ${told}`);
}

/** Of each record its key, and a digest of its members. */
async function* contentsOf(kafka: Reads, topic: string): AsyncGenerator<{ key: string; content: string }> {
  for await (const { key, value } of kafka.readToEnd({ topic, partition: 0 })) {
    const members = Object.entries(JSON.parse(value?.toString() ?? '{}') as Record<string, string | null>);
    const text = JSON.stringify(members.map(([name, member]) => [name, valueOf(member)]).sort());
    yield { key: key?.toString() ?? '', content: createHash('sha1').update(text).digest('base64url') };
  }
}

const NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;

function valueOf(member: string | null): string | null {
  return member !== null && NUMBER.test(member) ? String(Number(member)) : member;
}
