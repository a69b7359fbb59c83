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
import { atOneGo } from './read-page.ts';

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

function read(asked: ToRead): void {
  const { id, given, page } = asked;
  secrets = asked.secrets ?? secrets;
  try {
    const { records, ...rest } = atOneGo(reader.read(given, page), (opened) => {
      if (opened !== undefined) send({ id, opened });
    });
    const { parts, buffers } = records.records;
    const read = { ...rest, parts, bad: records.bad };
    send({ id, read }, buffers);
  } catch (error) {
    const reason = redacted(String(error), secrets);
    send({ id, given, reason }, [given.bytes.buffer as ArrayBuffer]);
    return;
  }
  // Until it is collected, a body would stay for many pages.
  (given.bytes.buffer as ArrayBuffer).transfer(0);
}

/**
 * Between two pages nothing of either is needed, so that to collect the young then finds next to nothing alive. In the midst of a
 * page much is, and what has seen two such collections waits for one of the old. Not there where Node was started without
 * `--expose-gc`.
 */
const { gc: collect } = globalThis as { gc?: (options: { type: 'minor' }) => void };

parentPort?.on('message', (asked: ToRead) => {
  read(asked);
  collect?.({ type: 'minor' });
});
send(STARTED);
