/** The part of Jobs 2.2 that we own, in Databricks' own field names so that a settings object is what is sent. */
export interface JobSettings {
  readonly name: string;
  readonly description?: string;
  /** At most 25; job names are not unique, so a tag is how we find ours again. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly tasks: readonly JobTask[];
  readonly parameters?: readonly { readonly name: string; readonly default: string }[];
  readonly schedule?: CronSchedule;
  readonly trigger?: FileArrivalTrigger;
  readonly continuous?: { readonly pause_status: PauseStatus };
  readonly job_clusters?: readonly {
    readonly job_cluster_key: string;
    readonly new_cluster: Readonly<Record<string, unknown>>;
  }[];
  readonly environments?: readonly JobEnvironment[];
  readonly run_as?: { readonly service_principal_name: string } | { readonly user_name: string };
  readonly queue?: { readonly enabled: boolean };
  readonly max_concurrent_runs?: number;
  readonly timeout_seconds?: number;
  readonly edit_mode?: 'UI_LOCKED' | 'EDITABLE';
  readonly format?: 'MULTI_TASK';
}

export interface JobTask {
  readonly task_key: string;
  readonly description?: string;
  readonly depends_on?: readonly { readonly task_key: string; readonly outcome?: string }[];
  readonly notebook_task: {
    readonly notebook_path: string;
    readonly base_parameters?: Readonly<Record<string, string>>;
    readonly source?: 'WORKSPACE' | 'GIT';
    readonly warehouse_id?: string;
  };
  readonly run_if?: 'ALL_SUCCESS' | 'ALL_DONE' | 'AT_LEAST_ONE_SUCCESS' | 'NONE_FAILED';
  readonly job_cluster_key?: string;
  readonly existing_cluster_id?: string;
  readonly environment_key?: string;
  readonly timeout_seconds?: number;
  readonly max_retries?: number;
}

export type PauseStatus = 'PAUSED' | 'UNPAUSED';

export interface CronSchedule {
  /** Quartz: seconds first, `?` in one of the day fields, Sunday is 1. */
  readonly quartz_cron_expression: string;
  readonly timezone_id: string;
  readonly pause_status: PauseStatus;
}

export interface FileArrivalTrigger {
  readonly pause_status: PauseStatus;
  readonly file_arrival: {
    /** A volume folder, ending in `/`. */
    readonly url: string;
    /** ≥ 60 */
    readonly min_time_between_triggers_seconds?: number;
    /** ≥ 60 */
    readonly wait_after_last_change_seconds?: number;
  };
}

export interface JobEnvironment {
  readonly environment_key: string;
  readonly spec: { readonly environment_version: string; readonly dependencies?: readonly string[] };
}
