import type { Column } from '@tributary/api';
import { digest } from '../extract/digest.ts';
import { BodySyntaxError } from '../extract/exact-json.ts';
import { RecordShape } from '../extract/record.ts';
import { detached } from '../extract/detached.ts';
import type { HttpAnswer } from '../fetch/http-fetcher.ts';
import { SMALLER_PAGES } from '../fetch/page-bounds.ts';
import { retryAfterMs } from '../fetch/rate-limit-headers.ts';
import { decodedAnswer, type AnswerBytes } from '../fetch/read-answer.ts';
import { UpstreamError } from '../fetch/upstream-error.ts';
import type { AnswerReading, PageAnswer, PageAsked } from '../source/feed-source.ts';
import { readingPage, type PageRecords } from './read-page.ts';
import { RecordPacker } from './record-packer.ts';

const MOST_OF_PAGE = 1_000_000;
const LONGEST_KEPT_CHARS = 64 * 1024;

export interface ReadBounds {
  /** Records of one page that are read. @default 1,000,000 */
  mostOfPage?: number | undefined;
  /** Characters that the records of one page have together. @default 268,435,456 */
  mostChars?: number | undefined;
}

/** What an answer says of itself and of how it goes on, before its records are read. */
export interface AnswerOpened extends Pick<PageAnswer, 'next' | 'warning'> {
  /** Records in the answer, readable or not. */
  count: number;
  /** Of the body, where another page follows. */
  fingerprint: string;
  /** Length of the body. */
  chars: number;
}

/** What an answer came to. Its body is not kept. */
export interface AnswerRead extends AnswerOpened {
  records: PageRecords;
}

/** Of an answer that is to be taken for an empty page. */
export function nothingRead(): AnswerRead {
  return { records: { records: new RecordPacker(0).packed(), bad: [] }, count: 0, fingerprint: '', chars: 0 };
}

/** An answer that is not what the source selects; it is kept for whoever has to find out why. */
export class UnfitAnswer extends UpstreamError {
  override readonly name = 'UpstreamError';
  readonly body: string;

  constructor(error: UpstreamError, body: string) {
    super(error.code, error.message, { cause: error });
    this.body = body;
  }
}

export interface AnswerReaderOptions extends ReadBounds {
  columns: readonly Column[];
  /** Whether every poll returns the whole set. */
  snapshot: boolean;
  /** Takes secrets out of a text: the API may echo the key. */
  redact: (text: string) => string;
  now: () => number;
}

/** Makes records of answers; compiled once per feed, and once more in the thread that reads large pages. */
export class AnswerReader {
  readonly #reading: AnswerReading;
  readonly #shape: RecordShape;
  readonly #redact: (text: string) => string;
  readonly #options: AnswerReaderOptions;

  constructor(reading: AnswerReading, options: AnswerReaderOptions) {
    this.#reading = reading;
    this.#shape = new RecordShape(options.columns, { nulls: reading.nulls, redact: options.redact });
    this.#redact = options.redact;
    this.#options = options;
  }

  /**
   * Yields what is known before its records are read, and then now and then nothing. Throws an UpstreamError that says what
   * the answer is instead.
   */
  *read(given: AnswerBytes, page: PageAsked): Generator<AnswerOpened | undefined, AnswerRead> {
    const decoded = this.#decoded(given);
    const { body: text } = decoded;
    const answer = this.#opened(decoded, page);
    const { next, warning } = answer;
    this.#assertFits(answer.records.length);
    const opened: AnswerOpened = {
      count: answer.records.length,
      fingerprint: next === undefined ? '' : digest(text),
      chars: text.length,
      ...(next === undefined ? {} : { next: detached(next) }),
      ...(warning === undefined ? {} : { warning }),
    };
    yield opened;
    const { mostChars, snapshot } = this.#options;
    const { generation } = page;
    const remembered = generation === undefined ? undefined : { generation, snapshot };
    const records = yield* readingPage(answer.records, this.#shape, answer, { mostChars, remembered });
    return { ...opened, records };
  }

  /** Secrets are gone before anything else sees the answer (Delivery 8). */
  #decoded(given: AnswerBytes): HttpAnswer {
    const answer = decodedAnswer(given);
    const headers = Object.fromEntries(
      Object.entries(answer.headers).map(([name, value = '']) => [name, this.#redact(value)]),
    );
    return { ...answer, body: this.#redact(answer.body), headers };
  }

  #opened(answer: HttpAnswer, page: PageAsked): PageAnswer {
    try {
      return this.#reading.read(answer, page);
    } catch (error) {
      const unfit =
        error instanceof BodySyntaxError
          ? new UpstreamError('UpstreamShapeChanged', error.message, { cause: error })
          : error;
      if (unfit instanceof UpstreamError && unfit.code === 'UpstreamShapeChanged')
        throw new UnfitAnswer(unfit, answer.body);
      throw this.#withItsPause(unfit, answer);
    }
  }

  /** What the source takes for a refusal may say when to come back, whatever its status. */
  #withItsPause(error: unknown, { status = 200, body, headers }: HttpAnswer): unknown {
    if (!(error instanceof UpstreamError) || error.needsUser || error.retryAfterMs !== undefined)
      return error;
    const waitMs = retryAfterMs(headers['retry-after'], this.#options.now());
    if (waitMs === undefined) return error;
    const answer = { status, body: body.slice(0, LONGEST_KEPT_CHARS) };
    return new UpstreamError(error.code, error.message, { cause: error, retryAfterMs: waitMs, answer });
  }

  #assertFits(records: number): void {
    const { mostOfPage = MOST_OF_PAGE } = this.#options;
    if (records > mostOfPage)
      throw new UpstreamError(
        'ResponseTooLarge',
        `a page of ${records} records; at most ${mostOfPage} are read at once: ${SMALLER_PAGES}`,
      );
  }
}
