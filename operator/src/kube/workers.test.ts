import { describe, expect, it } from '@jest/globals';
import { WorkQueue } from './queue.ts';
import { FakeClock } from './testing/fake-clock.ts';
import { type Reconcile, Workers } from './workers.ts';

function setup(reconcile: Reconcile, concurrency = 2) {
  const clock = new FakeClock();
  const queue = new WorkQueue({ name: 'test', clock, random: () => 0 });
  const workers = new Workers({ queue, reconcile, concurrency, clock, stuckAfterMs: 1_000, drainMs: 500 });
  const stop = new AbortController();
  return { clock, queue, workers, stop, running: workers.run(stop.signal) };
}

describe('workers', () => {
  it('try a key again with growing waits until it succeeds, then forget its failures', async () => {
    const at: number[] = [];
    const { clock, queue, stop, running } = setup(async () => {
      at.push(clock.monotonic());
      if (at.length < 4) throw new Error('not yet');
    });
    queue.add('a');
    await clock.advance(100);
    expect(at).toEqual([0, 5, 15, 35]);
    expect(queue.failures('a')).toBe(0);
    stop.abort();
    expect(await running).toEqual([]);
  });

  it('come again when a reconcile asks for it, without back-off', async () => {
    let times = 0;
    const { clock, queue, stop, running } = setup(async () => {
      times += 1;
      return { requeueAfterMs: 1_000 };
    });
    queue.add('a');
    await clock.advance(3_500);
    expect(times).toBe(4);
    stop.abort();
    await running;
  });

  it('work on several keys at once, but never on more than allowed', async () => {
    let now = 0;
    let most = 0;
    const { clock, queue, stop, running } = setup(async () => {
      most = Math.max(most, ++now);
      await new Promise<void>((resolve) => clock.schedule(10, resolve));
      now -= 1;
    }, 3);
    for (let i = 0; i < 20; i += 1) queue.add(`key-${i}`);
    await clock.advance(1_000);
    expect(most).toBe(3);
    expect(queue.depth).toBe(0);
    stop.abort();
    await running;
  });

  it('say which keys are stuck, and stop without waiting for them for ever', async () => {
    const { clock, queue, workers, stop, running } = setup(() => new Promise<void>(() => undefined));
    queue.add('stuck');
    await clock.advance(1_000);
    expect(workers.stuck()).toEqual([]);
    await clock.advance(1);
    expect(workers.stuck()).toEqual(['stuck']);
    stop.abort();
    await clock.advance(500);
    expect(await running).toEqual(['stuck']);
  });
});
