import { crc32, gunzipSync, inflateRawSync } from 'node:zlib';
import { BodySyntaxError } from '../exact-json.ts';

/** More than an answer may have: what grows beyond it is no feed but an attack. */
const MOST_BYTES = 64 * 1024 * 1024;
const MOST_FILES = 10_000;
const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END_OF_DIRECTORY = 0x06054b50;
const [STORED, DEFLATED] = [0, 8];

/**
 * The file within a body that is packed (gzip, or a ZIP archive without encryption); any other body as it is. Of an
 * archive it is the file whose name fits `pattern` (`*` stands for any characters), without one the largest. What would
 * have more than `most` bytes is not unpacked.
 */
export function unpacked(bytes: Uint8Array, pattern?: string, most = MOST_BYTES): Buffer {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length > 2 && buffer[0] === 0x1f && buffer[1] === 0x8b)
    return inflated(() => gunzipSync(buffer, { maxOutputLength: most }));
  if (buffer.length <= 22 || buffer.readUInt32LE(0) !== LOCAL_HEADER) return buffer;
  try {
    return fileOf(buffer, pattern, most);
  } catch (error) {
    // An archive that points beyond its own end.
    if (!/^ERR_(OUT_OF_RANGE|BUFFER_OUT_OF_BOUNDS)$/.test(String((error as { code?: unknown }).code)))
      throw error;
    throw new BodySyntaxError(NO_ARCHIVE, { cause: error });
  }
}

const NO_ARCHIVE = 'the body begins like a ZIP archive and is none';

interface Entry {
  name: string;
  method: number;
  checksum: number;
  packed: number;
  size: number;
  offset: number;
}

function fileOf(archive: Buffer, pattern: string | undefined, most: number): Buffer {
  const files = entriesOf(archive).filter(({ name }) => !name.endsWith('/'));
  const fitting = pattern === undefined ? files : files.filter(({ name }) => fits(name, pattern));
  const [entry] = fitting.toSorted((a, b) => b.size - a.size);
  if (entry === undefined)
    throw new BodySyntaxError(
      `no file of the archive fits ${pattern ?? '*'}; it holds ${files
        .map(({ name }) => name)
        .slice(0, 10)
        .join(', ')}`,
    );
  const start =
    entry.offset + 30 + archive.readUInt16LE(entry.offset + 26) + archive.readUInt16LE(entry.offset + 28);
  const packed = archive.subarray(start, start + entry.packed);
  const file = contentOf(entry, packed, most);
  if (crc32(file) !== entry.checksum)
    throw new BodySyntaxError(`the file ${entry.name} of the archive is damaged: its checksum differs`);
  return file;
}

function contentOf({ name, method }: Entry, packed: Buffer, most: number): Buffer {
  if (method === STORED) return packed;
  if (method === DEFLATED) return inflated(() => inflateRawSync(packed, { maxOutputLength: most }));
  throw new BodySyntaxError(
    `the file ${name} of the archive is packed in a way that is not known (${method})`,
  );
}

/** The directory at the end of the archive is what counts: local headers may lack sizes. */
function entriesOf(archive: Buffer): Entry[] {
  const end = archive.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0 || archive.readUInt32LE(end) !== END_OF_DIRECTORY) throw new BodySyntaxError(NO_ARCHIVE);
  const count = Math.min(archive.readUInt16LE(end + 10), MOST_FILES);
  const entries: Entry[] = [];
  for (let at = archive.readUInt32LE(end + 16); entries.length < count;) {
    if (archive.readUInt32LE(at) !== CENTRAL_HEADER) throw new BodySyntaxError(NO_ARCHIVE);
    const nameLength = archive.readUInt16LE(at + 28);
    entries.push({
      method: archive.readUInt16LE(at + 10),
      checksum: archive.readUInt32LE(at + 16),
      packed: archive.readUInt32LE(at + 20),
      size: archive.readUInt32LE(at + 24),
      offset: archive.readUInt32LE(at + 42),
      name: archive.toString('utf8', at + 46, at + 46 + nameLength),
    });
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return entries;
}

function fits(name: string, pattern: string): boolean {
  return new RegExp(`^${pattern.split('*').map(RegExp.escape).join('.*')}$`, 'is').test(name);
}

function inflated(inflate: () => Buffer): Buffer {
  try {
    return inflate();
  } catch (error) {
    throw new BodySyntaxError(`the body cannot be unpacked: ${(error as Error).message}`, { cause: error });
  }
}
