import { describe, expect, it } from '@jest/globals';
import { ReplayClock } from './replay-clock.ts';

describe('ReplayClock', () => {
  const at = (now: () => number) => new ReplayClock({ from: 1_000, to: 2_000, liveMs: 100, now });

  it('stands still until the first look, passes faster than ours, and stays at its end', () => {
    let real = 5_000;
    const clock = at(() => real);
    expect(clock.ended).toBe(false);
    expect(clock.now()).toBe(1_000);
    real += 25;
    expect(clock.now()).toBe(1_250);
    expect(clock.ended).toBe(false);
    real += 1_000;
    expect(clock.now()).toBe(2_000);
    expect(clock.ended).toBe(true);
  });

  it('goes on where an earlier one stopped', () => {
    let real = 0;
    const memory = { passed: 0 };
    const clock = new ReplayClock({ from: 1_000, to: 2_000, liveMs: 100, memory, now: () => real });
    clock.now();
    real += 40;
    clock.now();
    expect(memory.passed).toBeCloseTo(0.4);
    const second = new ReplayClock({ from: 1_000, to: 2_000, liveMs: 1_000, memory, now: () => real });
    expect(second.now()).toBe(1_400);
    real += 100;
    expect(second.now()).toBe(1_500);
  });

  it('tells how fast it goes', () => {
    expect(at(() => 0).rate).toBe(10);
  });
});
