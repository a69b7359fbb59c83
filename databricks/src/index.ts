export { createDatabricks, type Databricks, type DatabricksOptions } from './client.ts';
export type { Credential, DatabricksAuth } from './auth.ts';
export type { Clock } from './clock.ts';
export {
  DatabricksConflictError,
  DatabricksError,
  DatabricksNotFoundError,
  DatabricksTransientError,
  DatabricksUserError,
  DatabricksWaitError,
  type DatabricksErrorKind,
} from './errors.ts';
export type { DownloadOptions, FileEntry, FileHead, Files, ListOptions, UploadOptions } from './files.ts';
export { succeeded, type JobRun, type RunOutput, type RunState } from './job-run.ts';
export type {
  CronSchedule,
  FileArrivalTrigger,
  JobEnvironment,
  JobSettings,
  JobTask,
  PauseStatus,
} from './job-settings.ts';
export type { Job, Jobs, ListRunsOptions, RunNowOptions } from './jobs.ts';
export { Secret } from './secret.ts';
export type { QueryOptions, Sql, SqlRow } from './sql.ts';
export type { Attempt } from './transport.ts';
export type { Schema, UnityCatalog, Volume } from './unity-catalog.ts';
export {
  sameSource,
  type ExportOptions,
  type ImportOptions,
  type ObjectType,
  type Workspace,
  type WorkspaceObject,
} from './workspace.ts';
