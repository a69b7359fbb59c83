import { describe, expect, it } from '@jest/globals';
import { Watchdog } from '@tributary/runtime';
import { FakeClock } from './kube/testing/fake-clock.ts';
import { watchLoops } from './watch-loops.ts';

function start() {
  const clock = new FakeClock();
  const watchdog = new Watchdog(() => clock.monotonic());
  const stop = new AbortController();
  const stuck: string[] = [];
  const watching = watchLoops({ stuck: () => stuck }, watchdog, stop.signal, clock);
  return { clock, watchdog, stop, stuck, watching };
}

describe('the operator', () => {
  it('is not alive any more when a key is stuck for a minute, and is again when it is not', async () => {
    const { clock, watchdog, stuck } = start();
    await clock.advance(3_600_000);
    expect(watchdog.stuck()).toEqual([]);
    stuck.push('markets/sp500');
    await clock.advance(55_000);
    expect(watchdog.stuck()).toEqual([]);
    await clock.advance(10_000);
    expect(watchdog.stuck()).toEqual(['reconcile']);
    stuck.pop();
    await clock.advance(5_000);
    expect(watchdog.stuck()).toEqual([]);
  });

  it('is not alive any more when nobody can look, as where its event loop stands', async () => {
    const { clock, watchdog } = start();
    await clock.advance(5_000);
    clock.freeze(65_000);
    expect(watchdog.stuck()).toEqual(['reconcile']);
  });

  it('is missed by nobody once it has been told to stop', async () => {
    const { clock, watchdog, stop, watching } = start();
    stop.abort();
    await watching;
    await clock.advance(3_600_000);
    expect(watchdog.stuck()).toEqual([]);
  });
});
