import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { collectWhenQuiet } from './collect-when-quiet.ts';

const EVERY_MS = 5_000;

describe('a quiet pod', () => {
  let cpuMs = 0;
  let heldBytes = 0;
  let collected = 0;
  beforeEach(() => {
    jest.useFakeTimers();
    cpuMs = 0;
    heldBytes = 0;
    collected = 0;
    const collect = (): void => {
      collected += 1;
      heldBytes = 0;
    };
    collectWhenQuiet({ collect, cpuMs: () => cpuMs, heldBytes: () => heldBytes, everyMs: EVERY_MS });
  });
  afterEach(() => void jest.useRealTimers());

  it('does not take collecting for work, however long it takes', () => {
    const large = { collected: 0, cpuMs: 0 };
    const collect = (): void => {
      large.collected += 1;
      large.cpuMs += 130;
    };
    collectWhenQuiet({ collect, cpuMs: () => large.cpuMs, everyMs: EVERY_MS });
    jest.advanceTimersByTime(10 * EVERY_MS);
    expect(large.collected).toBe(1);
  });

  function passes({ working }: { working: boolean }): void {
    cpuMs += working ? 300 : 20;
    jest.advanceTimersByTime(EVERY_MS);
  }

  it('collects once after its start, however long it stays quiet', () => {
    passes({ working: true });
    expect(collected).toBe(0);
    for (let times = 0; times < 10; times += 1) passes({ working: false });
    expect(collected).toBe(1);
  });

  it('collects what small pages leave behind, though they take no longer than what passes for quiet', () => {
    passes({ working: false });
    passes({ working: false });
    expect(collected).toBe(1);
    for (let pages = 0; pages < 3; pages += 1) {
      heldBytes += 400_000;
      passes({ working: false });
    }
    passes({ working: false });
    expect(collected).toBe(2);
  });

  it('collects once more after it has worked, and never while it works', () => {
    passes({ working: false });
    for (let times = 0; times < 10; times += 1) passes({ working: true });
    expect(collected).toBe(1);
    passes({ working: false });
    passes({ working: false });
    expect(collected).toBe(2);
  });
});
