import { Counter, Gauge, Histogram, type Registry } from '@tributary/runtime';
import type { KubeMetrics } from './kube/index.ts';

/** controller-runtime's bounds. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** What the Kubernetes machinery counts, under controller-runtime's names so that existing dashboards fit. */
export function kubeMetrics(registry: Registry): KubeMetrics {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter<L>({ name, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Gauge<L>({ name, help, labelNames, registers });
  const histogram = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Histogram<L>({ name, help, labelNames, buckets: SECONDS, registers });

  const requests = counter('rest_client_requests_total', 'Requests to the API server.', [
    'method',
    'host',
    'code',
  ]);
  const latency = histogram('rest_client_request_duration_seconds', 'Time to the end of an answer.', [
    'method',
    'host',
  ]);
  const retried = counter('rest_client_request_retries_total', 'Requests sent again.', [
    'method',
    'host',
    'code',
  ]);
  const depth = gauge('workqueue_depth', 'Keys that wait.', ['name']);
  const added = counter('workqueue_adds_total', 'Keys added.', ['name']);
  const retries = counter('workqueue_retries_total', 'Keys added again after a failure.', ['name']);
  const waited = histogram('workqueue_queue_duration_seconds', 'How long keys wait.', ['name']);
  const worked = histogram('workqueue_work_duration_seconds', 'How long keys are worked on.', ['name']);
  const running = new Map<string, () => number[]>();
  const atScrape = (name: string, help: string, of: (seconds: number[]) => number) =>
    new Gauge<'name'>({
      name,
      help,
      labelNames: ['name'],
      registers,
      collect() {
        for (const [queue, seconds] of running) this.set({ name: queue }, of(seconds()));
      },
    });
  atScrape('workqueue_unfinished_work_seconds', 'Time spent so far on keys being worked on.', (seconds) =>
    seconds.reduce((sum, each) => sum + each, 0),
  );
  atScrape('workqueue_longest_running_processor_seconds', 'The longest of those.', (seconds) =>
    Math.max(0, ...seconds),
  );
  const most = gauge('controller_runtime_max_concurrent_reconciles', 'Keys worked on at once, at most.', [
    'controller',
  ]);
  const reconciled = counter('controller_runtime_reconcile_total', 'Reconciles by result.', [
    'controller',
    'result',
  ]);
  const errors = counter('controller_runtime_reconcile_errors_total', 'Reconciles that failed.', [
    'controller',
  ]);
  const took = histogram('controller_runtime_reconcile_time_seconds', 'Time of a reconcile.', ['controller']);
  const active = gauge('controller_runtime_active_workers', 'Keys being worked on.', ['controller']);
  const leader = gauge('leader_election_master_status', '1 on the leader.', ['name']);
  const lists = counter('reflector_lists_total', 'Lists by reflectors.', ['name']);
  const watches = counter('reflector_watches_total', 'Watches by reflectors.', ['name']);

  return {
    request(method, host, code, seconds) {
      requests.inc({ method, host, code });
      latency.observe({ method, host }, seconds);
    },
    requestRetried: (method, host, code) => retried.inc({ method, host, code }),
    queueDepth: (name, value) => depth.set({ name }, value),
    queueAdded: (name) => added.inc({ name }),
    queueRetried: (name) => retries.inc({ name }),
    queueWaited: (name, seconds) => waited.observe({ name }, seconds),
    queueWorked: (name, seconds) => worked.observe({ name }, seconds),
    working(name, concurrency, seconds) {
      running.set(name, seconds);
      most.set({ controller: name }, concurrency);
    },
    reconciled(controller, result, seconds) {
      reconciled.inc({ controller, result });
      if (result === 'error') errors.inc({ controller });
      took.observe({ controller }, seconds);
    },
    activeWorkers: (controller, count) => active.set({ controller }, count),
    leader: (name, leading) => leader.set({ name }, leading ? 1 : 0),
    reflected: (name, what) => (what === 'list' ? lists : watches).inc({ name }),
  };
}
