import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { ApiError, invalidParameter } from './api-error.ts';
import { readObject, type Call, type Reply, type Route } from './http-server.ts';
import { tablesDirOf } from './run-engine.ts';
import { executeRun, type SqlAnswer, type SqlPlan } from './run-process.ts';

export interface SqlApi {
  readonly workDir: string;
  readonly python: string;
  readonly javaHome: string | undefined;
  readonly jars: readonly string[];
}

type Statement = { readonly id: string; readonly done: Promise<void> } & (
  | { state: 'PENDING' | 'CANCELED' }
  | { state: 'SUCCEEDED'; answer: Exclude<SqlAnswer, { error: string }> }
  | { state: 'FAILED'; message: string }
);

const WAREHOUSE = 'stand-in';
const TIMEOUT_MS = 5 * 60_000;
const MAX_KEPT = 100;

/** Statement Execution API 2.0, for SELECTs over the tables that notebooks made: each statement is one Spark. */
export function sqlWarehouse(api: SqlApi): { routes: Route[]; stop: () => Promise<void> } {
  const stopping = new AbortController();
  const statements = new Map<string, Statement>();
  const cancels = new Map<string, AbortController>();
  let last: Promise<unknown> = Promise.resolve();

  const find = (call: Call): Statement => {
    const id = call.rest.split('/')[1] ?? '';
    const found = statements.get(id);
    if (found === undefined) throw new ApiError(404, 'NOT_FOUND', `The statement ${id} was not found.`);
    return found;
  };

  const start = (text: string): Statement => {
    const id = randomUUID();
    const cancel = new AbortController();
    cancels.set(id, cancel);
    const work = async (): Promise<void> => {
      const answer = await answerTo(api, text, id, AbortSignal.any([stopping.signal, cancel.signal]));
      cancels.delete(id);
      Object.assign(statement, cancel.signal.aborted ? { state: 'CANCELED' } : answer);
    };
    // One at a time: each wants a core.
    const done = (last = last.then(work, work));
    const statement: Statement = { id, done, state: 'PENDING' };
    statements.set(id, statement);
    for (const old of [...statements.keys()].slice(0, -MAX_KEPT)) statements.delete(old);
    return statement;
  };

  const root = '/api/2.0/sql/statements';
  const routes: Route[] = [
    {
      method: 'POST',
      path: root,
      handle: async (call) => {
        const body = await readObject(call);
        const { statement: text, warehouse_id: warehouse } = body;
        if (warehouse !== WAREHOUSE)
          throw invalidParameter(`Warehouse ${String(warehouse)} does not exist; there is ${WAREHOUSE}`);
        if (typeof text !== 'string' || !/^\s*SELECT\s/i.test(text))
          throw invalidParameter('only SELECT is answered by this stand-in of a warehouse');
        const statement = start(text);
        await within(statement.done, waitOf(body['wait_timeout']));
        return { json: describe(statement) };
      },
    },
    { method: 'GET', path: `${root}/`, handle: (call): Reply => ({ json: describe(find(call)) }) },
    {
      method: 'POST',
      path: `${root}/`,
      handle: (call): Reply => {
        const { id } = find(call);
        if (!call.rest.endsWith('/cancel')) throw new ApiError(404, 'ENDPOINT_NOT_FOUND', 'No such API');
        cancels.get(id)?.abort();
        return { json: {} };
      },
    },
    {
      method: 'GET',
      path: '/api/2.0/sql/warehouses',
      handle: (): Reply => ({ json: { warehouses: [{ id: WAREHOUSE, name: WAREHOUSE, state: 'RUNNING' }] } }),
    },
  ];
  return {
    routes,
    stop: async () => {
      stopping.abort();
      await last;
    },
  };
}

async function answerTo(
  api: SqlApi,
  statement: string,
  id: string,
  cancelled: AbortSignal,
): Promise<Record<string, unknown>> {
  let answer: SqlAnswer | undefined;
  const runDir = join(api.workDir, 'sql');
  const end = await executeRun<SqlPlan, SqlAnswer>({
    python: api.python,
    javaHome: api.javaHome,
    script: 'sql_runner.py',
    timeoutMs: TIMEOUT_MS,
    signal: cancelled,
    onEvent: (event) => (answer = event),
    plan: {
      runDir,
      warehouseDir: join(api.workDir, 'warehouse'),
      tablesDir: tablesDirOf(api.workDir),
      jars: api.jars,
      runId: `sql-${id}`,
      statement,
    },
  });
  if (answer === undefined) return { state: 'FAILED', message: `Spark ${end}; see ${runDir}/driver.log` };
  return 'error' in answer ? { state: 'FAILED', message: answer.error } : { state: 'SUCCEEDED', answer };
}

function describe(statement: Statement): Record<string, unknown> {
  const { id, state } = statement;
  const status = { state };
  if (statement.state === 'FAILED')
    return {
      statement_id: id,
      status: { ...status, error: { error_code: 'BAD_REQUEST', message: statement.message } },
    };
  if (statement.state !== 'SUCCEEDED') return { statement_id: id, status };
  const { columns, rows } = statement.answer;
  return {
    statement_id: id,
    status,
    manifest: {
      format: 'JSON_ARRAY',
      schema: {
        column_count: columns.length,
        columns: columns.map((column, position) => ({ ...column, position })),
      },
      total_chunk_count: 1,
      total_row_count: rows.length,
      truncated: false,
    },
    result: { chunk_index: 0, row_offset: 0, row_count: rows.length, data_array: rows },
  };
}

/** `30s`, as the API has it; 0 to 50 seconds. */
function waitOf(asked: unknown): number {
  const seconds = /^(\d{1,2})s$/.exec(typeof asked === 'string' ? asked : '10s')?.[1];
  if (seconds === undefined || Number(seconds) > 50)
    throw invalidParameter('wait_timeout must be 0s, or from 5s to 50s');
  return Number(seconds) * 1_000;
}

async function within(work: Promise<unknown>, ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, promise]);
  clearTimeout(timer);
}
