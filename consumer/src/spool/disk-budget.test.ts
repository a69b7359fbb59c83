import { describe, expect, it } from '@jest/globals';
import { DiskBudget } from './disk-budget.ts';

describe('the disk budget', () => {
  it('lets pass while there is room', async () => {
    await expect(new DiskBudget(10, 9).room(new AbortController().signal)).resolves.toBeUndefined();
  });

  it('holds back until enough is released', async () => {
    const budget = new DiskBudget(10, 15);
    let passed = false;
    const waiting = budget.room(new AbortController().signal).then(() => (passed = true));
    budget.release(5);
    await Promise.resolve();
    expect(passed).toBe(false);
    budget.release(1);
    await waiting;
  });

  it('lets go of who waits when the signal comes', async () => {
    const stop = new AbortController();
    const waiting = new DiskBudget(1, 1).room(stop.signal);
    stop.abort(new Error('stopping'));
    await expect(waiting).rejects.toThrow('stopping');
  });
});
