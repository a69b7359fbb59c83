import { Counter, Gauge, Histogram, type Registry } from '@tributary/runtime';

/** The producer's metrics, by the names of the design. */
export interface ProducerMetrics {
  readonly polls: Counter<'result'>;
  readonly published: Counter;
  readonly requestSeconds: Histogram;
}

/** What is read when somebody asks; undefined is not told at all, as 0 would be an alarm. */
export interface Figures {
  cursorLagSeconds(): number | undefined;
  quotaRemaining(): number | undefined;
}

export function createMetrics(registry: Registry, figures: Figures): ProducerMetrics {
  const registers = [registry];
  gaugeOf(registry, {
    name: 'tributary_cursor_lag_seconds',
    help: 'Age of the newest event that a poll has seen.',
    figure: () => figures.cursorLagSeconds(),
  });
  gaugeOf(registry, {
    name: 'tributary_quota_remaining',
    help: 'Requests left in the tightest period of source.limits.',
    figure: () => figures.quotaRemaining(),
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
  };
}

function gaugeOf(
  registry: Registry,
  { name, help, figure }: { name: string; help: string; figure: () => number | undefined },
): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      const value = figure();
      if (value === undefined) this.remove();
      else this.set(value);
    },
  });
}
