/** The end of a log, as the message of a container that failed. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { parseLine } from './log-line.ts';

/** The kubelet's limits: 80 lines, 2 KiB. */
const MAX_LINES = 80;
const MAX_BYTES = 2048;

export function lastLines(path: string): string {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const length = Math.min(size, MAX_BYTES * 2);
    const buffer = Buffer.alloc(length);
    readSync(file, buffer, 0, length, size - length);
    const texts = buffer
      .toString('utf8')
      .split('\n')
      .flatMap((line) => parseLine(line)?.text ?? []);
    return texts.slice(-MAX_LINES).join('\n').slice(-MAX_BYTES);
  } finally {
    closeSync(file);
  }
}
