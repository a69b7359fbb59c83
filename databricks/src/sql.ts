import type { Clock } from './clock.ts';
import { DatabricksTransientError, DatabricksUserError } from './errors.ts';
import type { SignalOption } from './files.ts';
import { object, text, type Fields } from './read-fields.ts';
import type { Transport } from './transport.ts';

/** Every cell as text, as a warehouse answers it; null is SQL's. */
export type SqlRow = readonly (string | null)[];

export interface QueryOptions extends SignalOption {
  readonly warehouseId: string;
  /** A warehouse that was stopped takes minutes to answer. @default 600000 */
  readonly waitMs?: number;
}

const ROOT = '/api/2.0/sql/statements';
const WAIT_MS = 10 * 60_000;
const POLL_MS = 2_000;
const MAX_CHUNKS = 10_000;
const CANCEL_MS = 5_000;
/** What Databricks says of itself, not of the statement. */
const PASSING =
  /^(TEMPORARILY_UNAVAILABLE|INTERNAL_ERROR|IO_ERROR|DEADLINE_EXCEEDED|RESOURCE_EXHAUSTED|ABORTED|.*MAINTENANCE|WORKSPACE_TEMPORARILY_UNAVAILABLE)$/;

/** Statement Execution API 2.0, for questions: a statement may be sent twice. */
export class Sql {
  readonly #transport: Transport;
  readonly #clock: Clock;

  constructor(transport: Transport, clock: Clock) {
    this.#transport = transport;
    this.#clock = clock;
  }

  /** All rows of a SELECT, through all its chunks. When aborted, the statement is cancelled. */
  async query(statement: string, options: QueryOptions): Promise<SqlRow[]> {
    const { signal } = options;
    const first = await this.#transport.json({
      method: 'POST',
      path: ROOT,
      json: {
        statement,
        warehouse_id: options.warehouseId,
        format: 'JSON_ARRAY',
        disposition: 'INLINE',
        wait_timeout: '30s',
        on_wait_timeout: 'CONTINUE',
      },
      repeatable: true,
      signal,
    });
    const id = text(first, 'statement_id');
    try {
      const answer = await this.#ended(id, first, options);
      return await this.#rows(id, object(answer, 'result'), signal);
    } catch (error) {
      if (signal?.aborted === true) await this.#cancel(id);
      throw error;
    }
  }

  async #ended(id: string, first: Fields, { signal, waitMs = WAIT_MS }: QueryOptions): Promise<Fields> {
    const giveUpAt = this.#clock.now() + waitMs;
    for (let answer = first; ; answer = await this.#get(id, signal)) {
      const status = object(answer, 'status');
      const state = text(status, 'state');
      if (state === 'SUCCEEDED') return answer;
      if (state !== 'PENDING' && state !== 'RUNNING') throw failureOf(state, object(status, 'error'));
      if (this.#clock.now() >= giveUpAt) {
        await this.#cancel(id);
        throw new DatabricksTransientError({
          status: 0,
          errorCode: 'DEADLINE',
          message: `the warehouse did not answer within ${Math.round(waitMs / 1_000)} s`,
        });
      }
      await this.#clock.sleep(POLL_MS, signal);
    }
  }

  async #rows(id: string, first: Fields, signal: AbortSignal | undefined): Promise<SqlRow[]> {
    const rows: SqlRow[] = [];
    for (let [chunk, count] = [first, 0]; count < MAX_CHUNKS; count += 1) {
      for (const row of rowsOf(chunk)) rows.push(row); // too many for one call
      const next = chunk['next_chunk_index'];
      if (typeof next !== 'number') return rows;
      chunk = await this.#transport.json({
        method: 'GET',
        path: `${ROOT}/${id}/result/chunks/${next}`,
        signal,
      });
    }
    throw new DatabricksTransientError({
      status: 200,
      errorCode: 'ENDLESS_LIST',
      message: 'the result does not end',
    });
  }

  #get(id: string, signal: AbortSignal | undefined): Promise<Record<string, unknown>> {
    return this.#transport.json({ method: 'GET', path: `${ROOT}/${id}`, signal });
  }

  /** Nobody waits for its rows any more; that it cannot be cancelled changes nothing for the caller. */
  async #cancel(id: string): Promise<void> {
    const request = { method: 'POST', path: `${ROOT}/${id}/cancel`, json: {} } as const;
    await this.#transport.send({ ...request, signal: AbortSignal.timeout(CANCEL_MS) }).catch(() => undefined);
  }
}

function rowsOf(chunk: Fields): SqlRow[] {
  const rows: unknown = chunk['data_array'];
  if (!Array.isArray(rows)) return [];
  return rows.map((row) =>
    Array.isArray(row) ? row.map((cell: unknown) => (cell === null ? null : String(cell))) : [],
  );
}

function failureOf(state: string, error: Fields): Error {
  const errorCode = text(error, 'error_code') || state;
  const details = {
    status: 200,
    errorCode,
    message: `the statement ended as ${state}: ${text(error, 'message').slice(0, 1_000) || 'no reason was given'} (${errorCode})`,
    request: `POST ${ROOT}`,
  };
  return PASSING.test(errorCode)
    ? new DatabricksTransientError(details)
    : new DatabricksUserError(
        details,
        'correct what the message names, or grant SELECT on the table and CAN USE on the warehouse',
      );
}
