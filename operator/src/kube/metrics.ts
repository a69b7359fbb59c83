/**
 * What this part counts, as calls that a Prometheus registry can implement. The names in the comments are
 * controller-runtime's, so that existing dashboards fit.
 */
export interface KubeMetrics {
  /** rest_client_requests_total{method,host,code}, rest_client_request_duration_seconds{method,host}; code `<error>` without answer. */
  request(method: string, host: string, code: string, seconds: number): void;
  /** rest_client_request_retries_total{code,method,host} */
  requestRetried(method: string, host: string, code: string): void;
  /** workqueue_depth{name} */
  queueDepth(name: string, depth: number): void;
  /** workqueue_adds_total{name} */
  queueAdded(name: string): void;
  /** workqueue_retries_total{name} */
  queueRetried(name: string): void;
  /** workqueue_queue_duration_seconds{name} */
  queueWaited(name: string, seconds: number): void;
  /** workqueue_work_duration_seconds{name} */
  queueWorked(name: string, seconds: number): void;
  /**
   * workqueue_unfinished_work_seconds{name}, workqueue_longest_running_processor_seconds{name},
   * controller_runtime_max_concurrent_reconciles{controller}; `running` is asked at each scrape for the seconds that each key has
   * been worked on.
   */
  working(name: string, concurrency: number, running: () => number[]): void;
  /** controller_runtime_reconcile_total{controller,result}, controller_runtime_reconcile_time_seconds{controller} */
  reconciled(
    controller: string,
    result: 'success' | 'error' | 'requeue_after' | 'requeue',
    seconds: number,
  ): void;
  /** controller_runtime_active_workers{controller} */
  activeWorkers(controller: string, count: number): void;
  /** leader_election_master_status{name} */
  leader(name: string, leading: boolean): void;
  /** reflector_lists_total{name}, reflector_watches_total{name}, by what was opened */
  reflected(name: string, what: 'list' | 'watch'): void;
}

const nothing = () => undefined;

export const noMetrics: KubeMetrics = {
  request: nothing,
  requestRetried: nothing,
  queueDepth: nothing,
  queueAdded: nothing,
  queueRetried: nothing,
  queueWaited: nothing,
  queueWorked: nothing,
  working: nothing,
  reconciled: nothing,
  activeWorkers: nothing,
  leader: nothing,
  reflected: nothing,
};
