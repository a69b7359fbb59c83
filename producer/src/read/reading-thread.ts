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
  /** Why, without secrets. */
  readonly reason: string;
}

/** An answer that is to be read elsewhere; without a reason where the thread has not started. */
export type Unread = Pick<WasUnread, 'given'> & Partial<Pick<WasUnread, 'reason'>>;

/** Told what an answer says before its records are read. */
export type Opened = (answer: AnswerOpened) => void;

/** Who waits for an answer. */
export interface Hearing {
  /** Gives it up. */
  readonly signal: AbortSignal;
  /** Is told what it says before its records are read, once or twice. */
  readonly opened: Opened;
}

interface Waiting {
  readonly opened: Opened;
  readonly resolve: (read: AnswerRead | Unread) => void;
  readonly reject: (error: unknown) => void;
}

const NOBODY: Waiting = { opened: () => undefined, resolve: () => undefined, reject: () => undefined };

/** Its first message. */
export const STARTED = 'started';

/** Of values while a page is read: what is larger ends the thread instead of the pod, which has 384 MiB for all. */
const OLD_GENERATION_MB = 96;
/** A page takes milliseconds. A thread that has said nothing for so long is stuck. */
const SILENT_FOR_MS = 60_000;
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
  readonly #silentForMs: number;
  /** Runs while anybody waits. */
  #silence: NodeJS.Timeout | undefined;
  /** Undefined once it has been told, or there is nothing to tell. */
  #failed: ((error: Error) => void) | undefined;

  /** `failed` is told once, when it ends without having been ended. `silentForMs` is how long it may take over anything. */
  constructor(
    file: URL,
    { source, ...rest }: Omit<ThreadData, 'http'> & { source: Source },
    failed: (error: Error) => void,
    silentForMs = SILENT_FOR_MS,
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
    this.#silentForMs = silentForMs;
    this.#failed = failed;
    const [started, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    this.started = started.promise;
    this.ended = ended.promise;
    // A pod that has nothing else to do ends.
    this.#worker.unref();
    this.#worker.on('message', (message: WasOpened | WasRead | WasUnread | typeof STARTED) => {
      this.#silence?.refresh();
      if (message === STARTED) {
        this.#runs = true;
        started.resolve();
      } else if ('opened' in message) this.#waiting.get(message.id)?.opened(message.opened);
      else this.#take(message);
    });
    this.#worker.once('error', (error) => this.#fail(error));
    this.#worker.once('messageerror', (error) => this.#fail(error));
    this.#worker.once('exit', (code) => {
      this.#fail(new Error(`it ended with code ${code}`));
      ended.resolve();
    });
  }

  /**
   * Gives the answer back where it cannot read it, be it that it has not started yet. Its bytes are nobody's afterwards. Throws
   * an UpstreamError where the thread ends meanwhile, and the signal's reason once that is aborted.
   */
  read(
    given: AnswerBytes,
    page: PageAsked,
    secrets: readonly string[],
    { signal, opened }: Hearing,
  ): Promise<AnswerRead | Unread> {
    if (!this.#runs) return Promise.resolve({ given });
    this.#count += 1;
    const id = this.#count;
    const bytes = ownMemory(given.bytes);
    const changed = secrets === this.#secrets ? undefined : secrets;
    const asked: ToRead = { id, given: { ...given, bytes }, page, secrets: changed };
    this.#worker.postMessage(asked, [bytes.buffer]);
    this.#secrets = secrets;
    this.#silence ??= setTimeout(() => {
      this.#fail(new Error(`it has been silent for ${this.#silentForMs / 1_000} s`));
    }, this.#silentForMs).unref();
    const { promise, resolve, reject } = Promise.withResolvers<AnswerRead | Unread>();
    this.#waiting.set(id, { opened, resolve, reject });
    const givenUp = (): void => {
      reject(signal.reason);
      // It is still read to its end, but nothing follows from it.
      if (this.#waiting.has(id)) this.#waiting.set(id, NOBODY);
    };
    signal.addEventListener('abort', givenUp, { once: true });
    return promise.finally(() => signal.removeEventListener('abort', givenUp));
  }

  /** Once all is read that it was given. */
  end(): void {
    this.#runs = false;
    this.#failed = undefined;
    if (this.#waiting.size === 0) this.#cameToRest();
  }

  #take(message: WasRead | WasUnread): void {
    const asked = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (this.#waiting.size === 0) this.#cameToRest();
    if ('given' in message) {
      asked?.resolve(message);
      return;
    }
    const { parts, bad, ...rest } = message.read;
    asked?.resolve({ ...rest, records: { records: new PackedRecords(parts), bad } });
  }

  #cameToRest(): void {
    clearTimeout(this.#silence);
    this.#silence = undefined;
    if (!this.#runs) void this.#worker.terminate();
  }

  #fail(error: Error): void {
    const [failed, waiting] = [this.#failed, [...this.#waiting.values()]];
    this.#waiting.clear();
    this.end();
    failed?.(error);
    for (const { reject } of waiting)
      reject(
        new UpstreamError(
          'UpstreamFailed',
          'the thread that read a page has ended; the page is asked for again',
        ),
      );
  }
}

/** Small buffers of Node share theirs, which must not go to another thread. */
function ownMemory(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  const own = buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength;
  return own ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
}
