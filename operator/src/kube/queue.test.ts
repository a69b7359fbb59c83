import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Priority, WorkQueue } from './queue.ts';
import { FakeClock } from './testing/fake-clock.ts';

function setup() {
  const clock = new FakeClock();
  return { clock, queue: new WorkQueue({ name: 'test', clock, random: () => 0 }) };
}

describe('the work queue', () => {
  it('holds a key once however often it is added', async () => {
    const { queue } = setup();
    queue.add('a');
    queue.add('b');
    queue.add('a');
    expect(queue.depth).toBe(2);
    expect([await queue.take(), await queue.take()]).toEqual(['a', 'b']);
    expect(queue.depth).toBe(0);
  });

  it('gives a key added while it is worked on to nobody until it is done', async () => {
    const { queue } = setup();
    queue.add('a');
    await queue.take();
    queue.add('a');
    queue.add('a');
    expect(queue.depth).toBe(0);
    queue.done('a');
    expect(queue.depth).toBe(1);
    expect(await queue.take()).toBe('a');
    queue.done('a');
    expect(queue.depth).toBe(0);
  });

  it('hands a key to whoever waits for one', async () => {
    const { queue } = setup();
    const taken = [queue.take(), queue.take()];
    queue.add('a');
    queue.add('b');
    expect(await Promise.all(taken)).toEqual(['a', 'b']);
  });

  it('adds later, and of several delays the soonest counts', async () => {
    const { clock, queue } = setup();
    queue.addAfter('a', 1_000);
    queue.addAfter('a', 5_000);
    queue.addAfter('a', 100);
    await clock.advance(99);
    expect(queue.depth).toBe(0);
    await clock.advance(1);
    expect(queue.depth).toBe(1);
    expect(clock.timers).toBe(0);
  });

  it('lets what may wait go last, but not for ever, and moves up a key that is wanted now', async () => {
    const { queue } = setup();
    for (let i = 0; i < 20; i += 1) queue.add(`now-${i}`);
    queue.add('new-1', 'later');
    queue.add('new-2', 'later');
    queue.add('new-3', 'later');
    queue.add('new-3');
    queue.add('now-0', 'later');
    const order: string[] = [];
    while (queue.depth > 0) order.push((await queue.take()) ?? '');
    expect(order.filter((key) => key.startsWith('now'))).toEqual(
      Array.from({ length: 20 }, (_, i) => `now-${i}`),
    );
    expect([order.indexOf('new-1'), order.indexOf('new-2'), order.indexOf('new-3')]).toEqual([7, 15, 22]);
  });

  it('keeps the urgency of a key that comes while it is worked on', async () => {
    const { queue } = setup();
    queue.add('a', 'later');
    await queue.take();
    queue.add('a', 'later');
    queue.add('a');
    queue.add('b');
    queue.done('a');
    queue.add('c', 'later');
    expect([await queue.take(), await queue.take(), await queue.take()]).toEqual(['b', 'a', 'c']);
  });

  it('backs off per key until the key is forgotten', async () => {
    const { queue } = setup();
    expect([queue.addRateLimited('a'), queue.addRateLimited('a'), queue.addRateLimited('b')]).toEqual([
      5, 10, 5,
    ]);
    expect(queue.failures('a')).toBe(2);
    queue.forget('a');
    expect(queue.addRateLimited('a')).toBe(5);
  });

  it('spreads what fails all at once, so that a server in trouble is not asked by every key again', async () => {
    const { clock, queue } = setup();
    const waits = Array.from({ length: 1_000 }, (_, index) => queue.addRateLimited(`key-${index}`));
    expect(waits.slice(0, 100)).toEqual(Array.from({ length: 100 }, () => 5));
    expect(waits.slice(100, 103)).toEqual([100, 200, 300]);
    await clock.advance(10_000);
    expect(queue.depth).toBe(200);
    await clock.advance(80_000);
    expect(queue.depth).toBe(1_000);
  });

  it('lets takers finish what waits when it is closed, and takes nothing more', async () => {
    const { clock, queue } = setup();
    queue.add('a');
    queue.addAfter('late', 10);
    queue.close();
    queue.add('b');
    await clock.advance(100);
    expect(await queue.take()).toBe('a');
    expect(await queue.take()).toBeUndefined();
  });

  it('lets a taker go when its signal is aborted, and passes the key on to another', async () => {
    const { queue } = setup();
    const leaving = new AbortController();
    const first = queue.take(leaving.signal);
    const second = queue.take();
    queue.add('a');
    leaving.abort();
    expect([await first, await second].filter((key) => key !== undefined)).toEqual(['a']);
  });

  it('never loses a key, never gives one to two workers, whatever happens in which order', async () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd');
    const step = fc.oneof(
      fc.record({ do: fc.constant('add' as const), key, priority: fc.constantFrom('normal', 'later') }),
      fc.record({ do: fc.constant('addAfter' as const), key, ms: fc.integer({ min: -5, max: 50 }) }),
      fc.record({ do: fc.constant('fail' as const), key }),
      fc.record({ do: fc.constant('take' as const) }),
      fc.record({ do: fc.constant('done' as const), key }),
      fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 60 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { clock, queue } = setup();
        const working = new Set<string>();
        /** Keys that must come out after what was asked for so far. */
        const owed = new Set<string>();
        const takeOne = async () => {
          const taken = await queue.take();
          if (taken === undefined) throw new Error('the queue is closed');
          expect(working.has(taken)).toBe(false);
          working.add(taken);
          owed.delete(taken);
        };
        for (const it of steps) {
          if (it.do === 'add') queue.add(it.key, it.priority as Priority);
          if (it.do === 'addAfter') queue.addAfter(it.key, it.ms);
          if (it.do === 'fail') queue.addRateLimited(it.key);
          if (it.do === 'add' || it.do === 'addAfter' || it.do === 'fail') owed.add(it.key);
          if (it.do === 'take' && queue.depth > 0) await takeOne();
          if (it.do === 'done') {
            queue.done(it.key);
            working.delete(it.key);
          }
          if (it.do === 'wait') await clock.advance(it.ms);
          expect(new Set(queue.processing.keys())).toEqual(working);
        }
        for (const held of working) queue.done(held);
        working.clear();
        await clock.advance(2_000_000);
        while (queue.depth > 0) {
          await takeOne();
          for (const held of working) queue.done(held);
          working.clear();
        }
        expect([...owed]).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
