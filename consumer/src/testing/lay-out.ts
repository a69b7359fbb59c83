import { FetchedRecord, type KafkaRecord } from '@tributary/kafka';

/** A record as if it had been fetched: its parts one behind the other, between bytes of others. */
export function layOut(record: KafkaRecord): FetchedRecord {
  const { topic, partition, offset, timestamp, key, value, headers } = record;
  const headerBytes = Buffer.concat([
    zigzag(headers.size),
    ...[...headers].flat().flatMap((text) => [zigzag(Buffer.byteLength(text)), Buffer.from(text)]),
  ]);
  const before = Buffer.from('"}');
  const keyAt = before.length;
  const keyEnd = keyAt + (key?.length ?? 0);
  const valueEnd = keyEnd + (value?.length ?? 0);
  return new FetchedRecord({
    topic,
    partition,
    offset,
    timestamp,
    bytes: Buffer.concat([
      before,
      key ?? Buffer.alloc(0),
      value ?? Buffer.alloc(0),
      headerBytes,
      Buffer.from('"}'),
    ]),
    keyAt: key === null ? -1 : keyAt,
    keyEnd,
    valueAt: value === null ? -1 : keyEnd,
    valueEnd,
    headersAt: valueEnd,
    headersEnd: valueEnd + headerBytes.length,
  });
}

/** A length as Kafka writes it. */
function zigzag(length: number): Buffer {
  const bytes: number[] = [];
  for (let rest = length * 2; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}
