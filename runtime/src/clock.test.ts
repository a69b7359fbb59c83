import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { systemClock } from './clock.ts';

const DAY = 86_400_000;

afterEach(() => {
  jest.useRealTimers();
});

describe('a sleep', () => {
  it('is not over before its time by the clock', async () => {
    for (let round = 0; round < 20; round += 1) {
      const until = systemClock.now() + 3;
      await systemClock.sleep(3);
      expect(systemClock.now()).toBeGreaterThanOrEqual(until);
    }
  });

  it('may be longer than a timer', async () => {
    jest.useFakeTimers();
    const began = systemClock.now();
    let over: number | undefined;
    const sleep = systemClock.sleep(31 * DAY).then(() => (over = systemClock.now() - began));
    await jest.advanceTimersByTimeAsync(30 * DAY);
    expect(over).toBeUndefined();
    await jest.advanceTimersByTimeAsync(2 * DAY);
    await sleep;
    expect(over).toBe(31 * DAY + 1);
  });

  it('ends by the signal, also when that was before', async () => {
    const stop = new AbortController();
    const sleep = systemClock.sleep(60 * DAY, stop.signal);
    stop.abort(new Error('stopped'));
    await expect(sleep).rejects.toThrow('stopped');
    await expect(systemClock.sleep(1, stop.signal)).rejects.toThrow('stopped');
  });
});
