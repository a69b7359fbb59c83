import { collectDefaultMetrics as collect, type Registry } from '@prometheus-io/client';

/** The library looks at the event loop every 10 ms by default, which alone costs an idle pod most of its processor time. */
const EVENT_LOOP_SAMPLE_MS = 500;

/** The usual metrics of the process and of Node.js, at a price that an idle pod can pay. */
export function collectDefaultMetrics({ register }: { register: Registry }): void {
  collect({ register, eventLoopMonitoringPrecision: EVENT_LOOP_SAMPLE_MS });
}
