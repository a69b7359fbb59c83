import { mkdir, readdir, realpath, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Catalog } from './catalog.ts';
import { loadCredentials, TokenAuthority } from './credentials.ts';
import type { FederationPolicy } from './federation.ts';
import { filesRoutes } from './files-api.ts';
import { serve, type Route } from './http-server.ts';
import { jobsRoutes } from './jobs-api.ts';
import { JobStore } from './job-store.ts';
import { listReports, reportRoutes, type Report } from './report-pages.ts';
import { RunEngine } from './run-engine.ts';
import { sqlWarehouse } from './sql-api.ts';
import { Scheduler } from './scheduler.ts';
import { workspaceRoutes } from './workspace-api.ts';
import { WorkspaceStore } from './workspace-store.ts';

export interface DatabricksStandInOptions {
  /** Holds everything, and is taken up again by a later start. */
  readonly workDir: string;
  /** A Python with pyspark and the packages the notebooks use. */
  readonly python: string;
  /** A folder of jars for Spark, such as Delta's. @default none */
  readonly sparkJars?: string;
  /** The `java` that Spark uses. @default that of JAVA_HOME or PATH */
  readonly java?: string;
  /** Stops the stand-in when aborted. */
  readonly signal: AbortSignal;
  /** @default a free port */
  readonly port?: number;
  /** Catalogs that exist. @default ["main"] */
  readonly catalogs?: readonly string[];
  /** Told of failures that no caller sees. @default standard error */
  readonly onError?: (error: unknown) => void;
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
}

export interface DatabricksStandIn {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** A personal access token. */
  readonly token: string;
  /** `/Volumes/<catalog>/<schema>/<volume>` is `<volumesDir>/<catalog>/<schema>/<volume>`. */
  readonly volumesDir: string;
  /** Lets a workload log in as the service principal, as an account admin would; until the stand-in ends. */
  federate(policy: FederationPolicy): void;
  /** Newest run first. */
  reports(): Report[];
  /** Ends running notebooks with their process groups, then the server. */
  stop(): Promise<void>;
}

const USER = 'tributary@stand-in.local';

/** A stand-in for one Databricks workspace, on loopback. */
export async function startDatabricks(options: DatabricksStandInOptions): Promise<DatabricksStandIn> {
  options.signal.throwIfAborted();
  const { workDir } = options;
  const now = options.now ?? Date.now;
  const onError = options.onError ?? ((error: unknown) => console.error('databricks stand-in:', error));
  const asideFolder = join(workDir, 'aside');
  await rm(asideFolder, { recursive: true, force: true });
  await mkdir(workDir, { recursive: true });

  const credentials = await loadCredentials(workDir);
  const authority = new TokenAuthority(credentials, now);
  const catalog = await Catalog.open(workDir, options.catalogs ?? ['main'], now);
  const workspace = await WorkspaceStore.open(workDir, now);
  const jobs = await JobStore.open(workDir);
  const spark = {
    workDir,
    python: options.python,
    jars: await jarsIn(options.sparkJars),
    javaHome: options.java === undefined ? undefined : dirname(dirname(await realpath(options.java))),
  };
  const warehouse = sqlWarehouse(spark);
  const runs = await RunEngine.open({
    ...spark,
    treeDir: workspace.treeDir,
    volumesDir: catalog.volumesDir,
    jobs,
    now,
    onError,
  });
  const scheduler = new Scheduler((jobId) => {
    const job = jobs.find(jobId);
    if (job !== undefined) runs.start(job, { trigger: 'PERIODIC' }).catch(onError);
  });

  let url = '';
  const routes: Route[] = [
    ...authority.routes(() => url),
    ...filesRoutes(catalog, asideFolder),
    ...catalog.routes(),
    ...workspaceRoutes(workspace),
    ...jobsRoutes({ jobs, runs, scheduler, user: USER, origin: () => url, now }),
    ...warehouse.routes,
    ...reportRoutes(runs),
    {
      method: 'GET',
      path: '/api/2.0/preview/scim/v2/Me',
      handle: () => ({ json: me(credentials.clientId) }),
    },
  ];
  const server = await serve(routes, {
    port: options.port ?? 0,
    authorize: (header) => authority.authorize(header),
    onError,
  });
  url = server.url;
  for (const job of jobs.all()) scheduler.set(job);

  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= (async () => {
      scheduler.stop();
      await Promise.all([runs.stop(), warehouse.stop(), server.stop()]);
    })();
    return stopped;
  };
  options.signal.addEventListener('abort', () => void stop().catch(onError), { once: true });
  return {
    url,
    ...credentials,
    volumesDir: catalog.volumesDir,
    federate: (policy) => authority.federate(policy),
    reports: () => listReports(runs, url),
    stop,
  };
}

async function jarsIn(folder: string | undefined): Promise<string[]> {
  if (folder === undefined) return [];
  return (await readdir(folder)).filter((name) => name.endsWith('.jar')).map((name) => join(folder, name));
}

function me(clientId: string): unknown {
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServicePrincipal'],
    id: '1',
    userName: clientId,
    displayName: 'tributary',
    active: true,
  };
}
