import { describe, expect, it } from '@jest/globals';
import { readBatches, type RawPartition } from './fetch-protocol.ts';

const [TRANSACTIONAL, CONTROL] = [0x10, 0x20];
const [ABORT, COMMIT] = [0, 1];

interface Batch {
  baseOffset: number;
  lastOffset: number;
  producerId?: number;
  attributes?: number;
  /** Offset within the batch, key, value. */
  records?: [number, Buffer | null, string][];
}

const varint = (value: number): Buffer => {
  const bytes: number[] = [];
  for (let rest = value >= 0 ? value * 2 : -value * 2 - 1; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
};
const sized = (bytes: Buffer | null): Buffer =>
  bytes === null ? varint(-1) : Buffer.concat([varint(bytes.length), bytes]);

/** A record batch as a broker keeps it (magic 2); after compaction it may hold fewer records than its offsets span, or none. */
function batch({ baseOffset, lastOffset, producerId = -1, attributes = 0, records = [] }: Batch): Buffer {
  const body = records.map(([delta, key, value]) =>
    sized(
      Buffer.concat([
        Buffer.from([0]),
        varint(0),
        varint(delta),
        sized(key),
        sized(Buffer.from(value)),
        varint(0),
      ]),
    ),
  );
  const header = Buffer.alloc(61);
  header.writeBigInt64BE(BigInt(baseOffset), 0);
  header.writeInt8(2, 16);
  header.writeInt16BE(attributes, 21);
  header.writeInt32BE(lastOffset - baseOffset, 23);
  header.writeBigInt64BE(BigInt(producerId), 43);
  header.writeInt32BE(records.length, 57);
  const whole = Buffer.concat([header, ...body]);
  whole.writeInt32BE(whole.length - 12, 8);
  return whole;
}

function marker(offset: number, producerId: number, kind: number): Buffer {
  const key = Buffer.alloc(4);
  key.writeInt16BE(kind, 2);
  return batch({
    baseOffset: offset,
    lastOffset: offset,
    producerId,
    attributes: TRANSACTIONAL | CONTROL,
    records: [[0, key, '\0\0\0\0\0\0']],
  });
}

async function read(
  batches: Buffer[],
  options: { from?: number; aborted?: RawPartition['aborted']; cut?: number } = {},
) {
  const bytes = Buffer.concat(batches);
  const raw: RawPartition = {
    partition: 0,
    errorCode: 0,
    highWatermark: 100n,
    lastStableOffset: 100n,
    logStartOffset: 0n,
    aborted: options.aborted ?? [],
    batches: bytes.subarray(0, bytes.length - (options.cut ?? 0)),
  };
  const { records, nextOffset } = await readBatches('t', raw, BigInt(options.from ?? 0), 'read_committed');
  return { values: records.map(({ offset, value }) => `${offset}=${value}`), nextOffset };
}

const transactional = (baseOffset: number, producerId: number, ...values: string[]): Buffer =>
  batch({
    baseOffset,
    lastOffset: baseOffset + values.length - 1,
    producerId,
    attributes: TRANSACTIONAL,
    records: values.map((value, index) => [index, null, value]),
  });

describe('reading record batches', () => {
  it('moves on over batches that compaction has emptied, where kafkajs itself would ask for the same offset for ever', async () => {
    expect(await read([batch({ baseOffset: 3, lastOffset: 9 })], { from: 3 })).toEqual({
      values: [],
      nextOffset: 10n,
    });
    expect(
      await read([
        batch({ baseOffset: 0, lastOffset: 9, records: [[4, null, 'kept']] }),
        batch({ baseOffset: 10, lastOffset: 19 }),
      ]),
    ).toEqual({ values: ['4=kept'], nextOffset: 20n });
  });

  it('gives only what lies at or behind the position, though the broker sends whole batches', async () => {
    expect(await read([transactional(0, 1, 'a', 'b', 'c'), marker(3, 1, COMMIT)], { from: 2 })).toEqual({
      values: ['2=c'],
      nextOffset: 4n,
    });
  });

  it('leaves out aborted transactions, of one producer between those of others, until their marker', async () => {
    const batches = [
      transactional(0, 1, 'lost'),
      transactional(1, 2, 'kept'),
      marker(2, 1, ABORT),
      transactional(3, 1, 'kept too'),
      marker(4, 1, COMMIT),
      marker(5, 2, COMMIT),
    ];
    expect(await read(batches, { aborted: [{ producerId: '1', firstOffset: 0n }] })).toEqual({
      values: ['1=kept', '3=kept too'],
      nextOffset: 6n,
    });
  });

  it('keeps what no transaction wrote, even from a producer whose transaction was aborted', async () => {
    const plain = batch({ baseOffset: 1, lastOffset: 1, producerId: 1, records: [[0, null, 'plain']] });
    expect(
      (await read([transactional(0, 1, 'lost'), plain], { aborted: [{ producerId: '1', firstOffset: 0n }] }))
        .values,
    ).toEqual(['1=plain']);
  });

  it('waits for the rest of a batch that was cut off', async () => {
    expect(await read([transactional(0, 1, 'a'), transactional(1, 1, 'b')], { cut: 3 })).toEqual({
      values: ['0=a'],
      nextOffset: 1n,
    });
  });

  it('says so when not even one batch is whole, or when one cannot be decoded', async () => {
    await expect(read([transactional(0, 1, 'a')], { cut: 3 })).rejects.toMatchObject({
      code: 'RecordUnreadable',
    });
    const broken = transactional(0, 1, 'a');
    broken.writeInt8(1, 16);
    await expect(read([broken])).rejects.toMatchObject({ code: 'RecordUnreadable' });
    const snappy = batch({ baseOffset: 0, lastOffset: 0, attributes: 2, records: [[0, null, 'a']] });
    await expect(read([snappy])).rejects.toMatchObject({ code: 'RecordUnreadable' });
  });
});
