import type { DatabricksAuth } from './auth.ts';
import { systemClock, type Clock } from './clock.ts';
import { Files } from './files.ts';
import { Jobs } from './jobs.ts';
import { RETRY_BUDGET_MS } from './retry-policy.ts';
import { Transport, type Attempt } from './transport.ts';
import { Sql } from './sql.ts';
import { UnityCatalog } from './unity-catalog.ts';
import { isLoopback, workspaceOrigin } from './workspace-host.ts';
import { Workspace } from './workspace.ts';

export interface DatabricksOptions {
  /** `https://….cloud.databricks.com`; the scheme may be left out. */
  readonly host: string;
  readonly auth: DatabricksAuth;
  /** Sent with each request, such as `tributary-consumer/0.1.0`. */
  readonly userAgent: string;
  /** Admits `http://` for loopback addresses, for stand-ins. @default false */
  readonly allowInsecureLoopback?: boolean;
  /** What one call may take with all its retries, in milliseconds. @default 300000 */
  readonly retryBudgetMs?: number;
  /** Deadline of one attempt in milliseconds, beside the time its body needs. @default 60000 */
  readonly requestTimeoutMs?: number;
  /** Told of each HTTP attempt, for metrics. */
  readonly onAttempt?: (attempt: Attempt) => void;
  /** @default the system's */
  readonly clock?: Clock;
  /** Jitter, in [0, 1). @default Math.random */
  readonly random?: () => number;
}

export interface Databricks {
  readonly files: Files;
  readonly workspace: Workspace;
  readonly jobs: Jobs;
  readonly unityCatalog: UnityCatalog;
  readonly sql: Sql;
  /** Closes idle connections. */
  close(): void;
}

/** A client of one workspace; nothing is sent before the first call. Throws a TypeError for an unusable host. */
export function createDatabricks(options: DatabricksOptions): Databricks {
  const origin = workspaceOrigin(options.host, options.allowInsecureLoopback ?? false);
  const clock = options.clock ?? systemClock;
  const transport = new Transport({
    origin,
    auth: options.auth,
    userAgent: options.userAgent,
    clock,
    random: options.random ?? Math.random,
    retryBudgetMs: options.retryBudgetMs ?? RETRY_BUDGET_MS,
    requestTimeoutMs: options.requestTimeoutMs ?? 60_000,
    proxy: !isLoopback(new URL(origin).hostname),
    onAttempt: options.onAttempt,
  });
  return {
    files: new Files(transport),
    workspace: new Workspace(transport),
    jobs: new Jobs(transport),
    unityCatalog: new UnityCatalog(transport),
    sql: new Sql(transport, clock),
    close: () => transport.close(),
  };
}
