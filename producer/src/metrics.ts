import { Counter, Gauge, Histogram, type Registry } from '@tributary/runtime';

/** The producer's metrics, by the names of the design. */
export interface ProducerMetrics {
  readonly polls: Counter<'result'>;
  readonly published: Counter;
  readonly requestSeconds: Histogram;
  readonly quotaRemaining: Gauge;
}

export function createMetrics(
  registry: Registry,
  figures: { cursorLagSeconds: () => number | undefined },
): ProducerMetrics {
  const registers = [registry];
  new Gauge({
    name: 'tributary_cursor_lag_seconds',
    help: 'Age of the newest event that the last poll saw.',
    registers,
    collect() {
      const lag = figures.cursorLagSeconds();
      if (lag !== undefined) this.set(lag);
    },
  });
  return {
    polls: new Counter({
      name: 'tributary_polls_total',
      help: 'Polls by result: Published, Unchanged, or the reason of failure.',
      labelNames: ['result'],
      registers,
    }),
    published: new Counter({
      name: 'tributary_records_published_total',
      help: 'Records published since the process started.',
      registers,
    }),
    requestSeconds: new Histogram({
      name: 'tributary_upstream_request_seconds',
      help: 'Time of a request to the API, redirects included.',
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    }),
    quotaRemaining: new Gauge({
      name: 'tributary_quota_remaining',
      help: 'Requests left in the tightest period of source.limits.',
      registers,
    }),
  };
}
