/** Asks again and again while a container runs, and says what follows from the answers. */
import { type Clock, sleep } from '@tributary/operator/kube';
import type { ContainerSpec, Probe } from '../types.ts';
import { ask, type ProbeTarget } from './ask.ts';
import { ProbeState, timingOf } from './probe-state.ts';

export interface ProbeListener {
  started(): void;
  ready(ready: boolean): void;
  /** A startup or liveness probe has failed for good: the container is to be restarted. */
  failed(kind: ProbeKind): void;
  unhealthy(kind: ProbeKind, message: string): void;
}

export type ProbeKind = 'Startup' | 'Liveness' | 'Readiness';

/** Until it is ready for the first time a container is asked this often at least, so that a start is not slowed down. */
const EAGER_PERIOD_MS = 500;

/** Resolves when `signal` is aborted, which the end of the process does. */
export async function probeContainer(
  container: ContainerSpec,
  target: ProbeTarget,
  clock: Clock,
  listener: ProbeListener,
  signal: AbortSignal,
): Promise<void> {
  const { startupProbe, livenessProbe, readinessProbe } = container;
  if (startupProbe !== undefined && !(await startup(startupProbe, target, clock, listener, signal))) return;
  if (signal.aborted) return;
  listener.started();
  if (readinessProbe === undefined) listener.ready(true);
  await Promise.all([
    livenessProbe === undefined ? undefined : liveness(livenessProbe, target, clock, listener, signal),
    readinessProbe === undefined ? undefined : readiness(readinessProbe, target, clock, listener, signal),
  ]);
}

async function startup(
  probe: Probe,
  target: ProbeTarget,
  clock: Clock,
  listener: ProbeListener,
  signal: AbortSignal,
): Promise<boolean> {
  const state = new ProbeState(timingOf(probe), 'unknown');
  for await (const answer of answers(probe, target, clock, signal)) {
    if (!answer.ok) listener.unhealthy('Startup', answer.message);
    const verdict = state.take(answer.ok);
    if (verdict === 'success') return true;
    if (verdict === 'failure') {
      listener.failed('Startup');
      return false;
    }
  }
  return false;
}

async function liveness(
  probe: Probe,
  target: ProbeTarget,
  clock: Clock,
  listener: ProbeListener,
  signal: AbortSignal,
): Promise<void> {
  const state = new ProbeState(timingOf(probe), 'success');
  for await (const answer of answers(probe, target, clock, signal)) {
    if (!answer.ok) listener.unhealthy('Liveness', answer.message);
    if (state.take(answer.ok) === 'failure') {
      listener.failed('Liveness');
      return;
    }
  }
}

async function readiness(
  probe: Probe,
  target: ProbeTarget,
  clock: Clock,
  listener: ProbeListener,
  signal: AbortSignal,
): Promise<void> {
  const state = new ProbeState(timingOf(probe), 'failure');
  let everReady = false;
  for await (const answer of answers(probe, target, clock, signal, () => everReady)) {
    const before = state.verdict;
    const verdict = state.take(answer.ok);
    if (!answer.ok && everReady) listener.unhealthy('Readiness', answer.message);
    if (verdict === before) continue;
    everReady ||= verdict === 'success';
    listener.ready(verdict === 'success');
  }
}

async function* answers(
  probe: Probe,
  target: ProbeTarget,
  clock: Clock,
  signal: AbortSignal,
  settled: () => boolean = () => true,
): AsyncGenerator<{ ok: boolean; message: string }, void, undefined> {
  const { initialDelayMs, periodMs, timeoutMs } = timingOf(probe);
  let wait = initialDelayMs;
  while (!signal.aborted) {
    // An abort ends the wait; the loop sees it.
    if (wait > 0) await sleep(clock, wait, signal).catch(() => undefined);
    if (signal.aborted) return;
    const answer = await ask(probe, target, timeoutMs, signal);
    // The answer of a container that is being ended says nothing.
    if (signal.aborted) return;
    yield answer;
    wait = settled() ? periodMs : Math.min(periodMs, EAGER_PERIOD_MS);
  }
}
