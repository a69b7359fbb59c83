/** The thread that reads large pages. What it cannot read it leaves to the pod's own, which then says why. */
import { parentPort, workerData } from 'node:worker_threads';
import { redacted } from '@tributary/runtime/redacted';
import { compileHttpReading } from '../source/http-reading.ts';
import { AnswerReader } from './answer-reader.ts';
import {
  STARTED,
  type ThreadData,
  type ToRead,
  type WasOpened,
  type WasRead,
  type WasUnread,
} from './reading-thread.ts';

const { http, ...options } = workerData as ThreadData;
let secrets: readonly string[] = [];
const reader = new AnswerReader(compileHttpReading(http, options.columns), {
  ...options,
  redact: (text) => redacted(text, secrets),
  now: () => Date.now(),
});

/** `moved` is no longer here afterwards. */
function send(message: WasOpened | WasRead | WasUnread | typeof STARTED, moved: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, moved);
}

function readAtOnce({ id, given, page }: ToRead) {
  const reading = reader.read(given, page);
  for (;;) {
    const { done, value } = reading.next();
    if (done === true) return value;
    if (value !== undefined) send({ id, opened: value });
  }
}

parentPort?.on('message', (asked: ToRead) => {
  const { id, given } = asked;
  secrets = asked.secrets ?? secrets;
  try {
    const { records, ...rest } = readAtOnce(asked);
    const { parts, buffers } = records.records;
    const read = { ...rest, parts, bad: records.bad };
    send({ id, read }, buffers);
  } catch {
    send({ id, given }, [given.bytes.buffer as ArrayBuffer]);
    return;
  }
  // Until it is collected, a body would stay for many pages.
  (given.bytes.buffer as ArrayBuffer).transfer(0);
});
send(STARTED);
