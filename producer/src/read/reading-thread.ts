import { httpOf, type Column, type HttpSource, type Source } from '@tributary/api';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { AnswerBytes } from '../fetch/read-answer.ts';
import { UpstreamError } from '../fetch/upstream-error.ts';
import type { PageAsked } from '../source/feed-source.ts';
import type { AnswerOpened, AnswerRead, ReadBounds } from './answer-reader.ts';
import { PackedRecords, type PackedParts } from './packed-records.ts';

/** What a thread needs to know of its feed. */
export interface ThreadData extends ReadBounds {
  readonly http: HttpSource;
  readonly columns: readonly Column[];
  readonly snapshot: boolean;
}

/** A page to read. */
export interface ToRead {
  readonly id: number;
  readonly given: AnswerBytes;
  readonly page: PageAsked;
  /** What is to be taken out; undefined where it is what it was before. */
  readonly secrets: readonly string[] | undefined;
}

/** What is known of an answer before its records are read. */
export interface WasOpened {
  readonly id: number;
  readonly opened: AnswerOpened;
}

/** What was read, its records taken apart for the way. */
export interface WasRead {
  readonly id: number;
  readonly read: AnswerOpened & { parts: PackedParts; bad: AnswerRead['records']['bad'] };
}

/** What could not be read, given back. */
export interface WasUnread {
  readonly id: number;
  readonly given: AnswerBytes;
}

/** Told what an answer says before its records are read. */
export type Opened = (answer: AnswerOpened) => void;

interface Waiting {
  readonly opened: Opened;
  readonly resolve: (read: AnswerRead | AnswerBytes) => void;
  readonly reject: (error: UpstreamError) => void;
}

/** Its first message. */
export const STARTED = 'started';

/** Of values that outlive a page; a larger tree is read in the pod's own thread. */
const OLD_GENERATION_MB = 192;
/** A page leaves little garbage with whoever publishes it, and much with whoever reads it. */
const NURSERY_MB = 4;

/** A thread that makes records of answers while this one talks to the API and to Kafka. */
export class ReadingThread {
  readonly #worker: Worker;
  /** Once it can read. */
  readonly started: Promise<void>;
  readonly ended: Promise<void>;
  readonly #waiting = new Map<number, Waiting>();
  #secrets: readonly string[] | undefined;
  #runs = false;
  #count = 0;

  /** `failed` is told when it ends without having been ended. */
  constructor(
    file: URL,
    { source, ...rest }: Omit<ThreadData, 'http'> & { source: Source },
    failed: (error: Error) => void,
  ) {
    const http = httpOf(source);
    if (http === undefined) throw new TypeError('only a described HTTP API has pages');
    const workerData: ThreadData = { ...rest, http };
    // What a thread has by then is its own; the pod's thread keeps the small nursery that it was started with.
    setFlagsFromString(`--max-semi-space-size=${NURSERY_MB}`);
    this.#worker = new Worker(file, {
      name: 'reading',
      workerData,
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: OLD_GENERATION_MB },
    });
    const [started, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    this.started = started.promise;
    this.ended = ended.promise;
    // A pod that has nothing else to do ends.
    this.#worker.unref();
    this.#worker.on('message', (message: WasOpened | WasRead | WasUnread | typeof STARTED) => {
      if (message === STARTED) {
        this.#runs = true;
        started.resolve();
      } else if ('opened' in message) this.#waiting.get(message.id)?.opened(message.opened);
      else this.#take(message);
    });
    this.#worker.once('error', failed);
    this.#worker.once('exit', () => {
      this.#giveUp();
      ended.resolve();
    });
  }

  /** Gives the answer back where it cannot read it, be it that it has not started yet. Its bytes are nobody's afterwards. */
  read(
    given: AnswerBytes,
    page: PageAsked,
    secrets: readonly string[],
    opened: Opened,
  ): Promise<AnswerRead | AnswerBytes> {
    if (!this.#runs) return Promise.resolve(given);
    this.#count += 1;
    const changed = secrets === this.#secrets ? undefined : secrets;
    this.#secrets = secrets;
    const bytes = ownMemory(given.bytes);
    const asked: ToRead = { id: this.#count, given: { ...given, bytes }, page, secrets: changed };
    return new Promise((resolve, reject) => {
      this.#waiting.set(asked.id, { opened, resolve, reject });
      this.#worker.postMessage(asked, [bytes.buffer]);
    });
  }

  get busy(): boolean {
    return this.#waiting.size > 0;
  }

  end(): void {
    void this.#worker.terminate();
  }

  #take(message: WasRead | WasUnread): void {
    const asked = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if ('given' in message) {
      asked?.resolve(message.given);
      return;
    }
    const { parts, bad, ...rest } = message.read;
    asked?.resolve({ ...rest, records: { records: new PackedRecords(parts), bad } });
  }

  #giveUp(): void {
    this.#runs = false;
    for (const { reject } of this.#waiting.values())
      reject(
        new UpstreamError(
          'UpstreamFailed',
          'the thread that read a page has ended; the page is asked for again',
        ),
      );
    this.#waiting.clear();
  }
}

/** Small buffers of Node share theirs, which must not go to another thread. */
function ownMemory(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  const own = buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength;
  return own ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
}
