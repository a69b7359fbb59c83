import { describe, expect, it } from '@jest/globals';
import { ReplayClock } from './replay-clock.ts';

describe('ReplayClock', () => {
  it('shows the past at the first look and then one item a tick until the end', () => {
    let now = 50_000;
    const clock = new ReplayClock({ total: 100, live: 3, tickMs: 10, now: () => now });
    expect(clock.visible()).toBe(97);
    now += 9;
    expect(clock.visible()).toBe(97);
    now += 11;
    expect(clock.visible()).toBe(99);
    now += 1_000;
    expect(clock.visible()).toBe(100);
  });

  it('begins with nothing when everything is live', () => {
    expect(new ReplayClock({ total: 2, live: 5, tickMs: 10, now: () => 0 }).visible()).toBe(0);
  });
});
