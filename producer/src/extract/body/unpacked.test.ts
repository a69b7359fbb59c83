import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BodySyntaxError } from '../exact-json.ts';
import { unpacked } from './unpacked.ts';

/** A ZIP archive as `zip` writes it, each file stored or deflated. */
function zip(files: readonly { name: string; content: Buffer; deflate?: boolean }[]): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, content, deflate = true } of files) {
    const packed = deflate ? deflateRawSync(content) : content;
    const named = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(deflate ? 8 : 0, 4);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(named.length, 22);
    const head = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, named, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    central.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, tail, named]));
    local.push(head);
    offset += head.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...local, directory, Buffer.from('PK\x05\x06', 'latin1'), end]);
}

const ARCHIVE = zip([
  { name: 'Metadata_x.csv', content: Buffer.from('a note') },
  { name: 'API_x.csv', content: Buffer.from('date,value\n2026-03-06,1.50\n') },
  { name: 'readme.txt', content: Buffer.from('read me'), deflate: false },
]);

describe('a packed body', () => {
  it.each([
    ['gzip', gzipSync('a,b\n1,2\n'), undefined, 'a,b\n1,2\n'],
    ['the largest file of an archive', ARCHIVE, undefined, 'date,value\n2026-03-06,1.50\n'],
    ['a file by its name', ARCHIVE, 'Metadata_*', 'a note'],
    ['a file that is stored as it is', ARCHIVE, '*.TXT', 'read me'],
    ['what is not packed', Buffer.from('{"a":1}'), undefined, '{"a":1}'],
    ['nothing', Buffer.alloc(0), undefined, ''],
  ])('is %s', (_what, bytes, pattern, text) => {
    expect(unpacked(bytes, pattern).toString('utf8')).toBe(text);
  });

  it('gives any content back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), fc.boolean(), (content, deflate) => {
        const archive = zip([{ name: 'x', content: Buffer.from(content), deflate }]);
        expect([...unpacked(archive)]).toEqual([...content]);
      }),
    );
  });

  it('says what is wrong with it', () => {
    expect(() => unpacked(ARCHIVE, 'data*')).toThrow(
      /no file of the archive fits data\*; it holds Metadata_x.csv/,
    );
    expect(() => unpacked(gzipSync('x'.repeat(100)).subarray(0, 20))).toThrow(BodySyntaxError);
    const damaged = Buffer.from(ARCHIVE);
    damaged.write('X', damaged.indexOf('read me'));
    expect(() => unpacked(damaged, '*.txt')).toThrow(/checksum differs/);
    expect(() => unpacked(gzipSync(Buffer.alloc(65 * 1024 * 1024)))).toThrow(/cannot be unpacked/);
  });

  it('never fails otherwise, whatever the bytes', () => {
    const anything = fc.uint8Array({ minLength: 30, maxLength: 200 });
    fc.assert(
      fc.property(anything, (bytes) => {
        const archive = Buffer.concat([
          Buffer.from('PK\x03\x04', 'latin1'),
          bytes,
          Buffer.from('PK\x05\x06', 'latin1'),
          bytes,
        ]);
        expect(() => unpacked(archive)).toThrow(BodySyntaxError);
      }),
    );
  });
});
