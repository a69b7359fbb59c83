import { expect, it } from '@jest/globals';
import { Registry } from '@tributary/runtime';
import { Workers, WorkQueue } from './kube/index.ts';
import { FakeClock } from './kube/testing/fake-clock.ts';
import { kubeMetrics } from './kube-metrics.ts';

it('tells how long keys have been worked on so far, and how many may be at once', async () => {
  const registry = new Registry();
  const metrics = kubeMetrics(registry);
  const clock = new FakeClock();
  const queue = new WorkQueue({ name: 'streamsource', clock, metrics });
  const ends: (() => void)[] = [];
  const stop = new AbortController();
  const workers = new Workers({
    queue,
    clock,
    metrics,
    concurrency: 3,
    reconcile: () => new Promise<void>((resolve) => ends.push(resolve)),
  });
  const running = workers.run(stop.signal);
  const valueOf = async (name: string, label: string): Promise<string | undefined> =>
    (await registry.metrics())
      .split('\n')
      .find((line) => line.startsWith(`${name}{${label}="streamsource"}`))
      ?.split(' ')[1];
  queue.add('a/first');
  await clock.advance(4_000);
  queue.add('a/second');
  await clock.advance(1_000);
  expect(await valueOf('workqueue_unfinished_work_seconds', 'name')).toBe('6');
  expect(await valueOf('workqueue_longest_running_processor_seconds', 'name')).toBe('5');
  expect(await valueOf('controller_runtime_max_concurrent_reconciles', 'controller')).toBe('3');
  ends.forEach((end) => end());
  await clock.advance(0);
  expect(await valueOf('workqueue_unfinished_work_seconds', 'name')).toBe('0');
  expect(await valueOf('workqueue_longest_running_processor_seconds', 'name')).toBe('0');
  stop.abort();
  await running;
});
