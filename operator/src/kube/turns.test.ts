import { describe, expect, it } from '@jest/globals';
import { FakeClock } from './testing/fake-clock.ts';
import { Turns } from './turns.ts';

const MOST_MS = 10_000;
const never = new AbortController().signal;

/** Turns by name, in the order in which they began and ended. */
function start() {
  const clock = new FakeClock();
  const turns = new Turns(MOST_MS, clock);
  const log: string[] = [];
  const ends = new Map<string, { resolve: () => void; reject: (reason: Error) => void }>();
  const ask = (name: string, signal = never): Promise<string> =>
    turns.take(async () => {
      log.push(`${name} begins`);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      ends.set(name, { resolve, reject });
      await promise.finally(() => log.push(`${name} ends`));
      return name;
    }, signal);
  return { clock, log, ask, end: (name: string) => ends.get(name)?.resolve(), ends };
}

describe('turns', () => {
  it('come one after the other, in the order of asking', async () => {
    const { clock, log, ask, end } = start();
    const asked = ['a', 'b', 'c'].map((name) => ask(name));
    await clock.advance(0);
    expect(log).toEqual(['a begins']);
    for (const name of ['a', 'b', 'c']) {
      end(name);
      await clock.advance(0);
    }
    expect(await Promise.all(asked)).toEqual(['a', 'b', 'c']);
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
    expect(clock.timers).toBe(0);
  });

  it('go on after one that failed', async () => {
    const { clock, log, ask, ends } = start();
    const failing = ask('a');
    void ask('b');
    await clock.advance(0);
    ends.get('a')?.reject(new Error('refused'));
    await expect(failing).rejects.toThrow('refused');
    await clock.advance(0);
    expect(log).toEqual(['a begins', 'a ends', 'b begins']);
  });

  it('go on beside one that takes too long', async () => {
    const { clock, log, ask, end } = start();
    const hanging = ask('a');
    void ask('b');
    void ask('c');
    await clock.advance(MOST_MS - 1);
    expect(log).toEqual(['a begins']);
    await clock.advance(1);
    expect(log).toEqual(['a begins', 'b begins']);
    end('a');
    expect(await hanging).toBe('a');
    await clock.advance(0);
    // The end of one that was late is no turn of another.
    expect(log).toEqual(['a begins', 'b begins', 'a ends']);
  });

  it('are left by who stops waiting, and stay in order', async () => {
    const { clock, log, ask, end } = start();
    const stop = new AbortController();
    void ask('a');
    const waiting = ask('b', stop.signal);
    void ask('c');
    await clock.advance(0);
    stop.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
    await clock.advance(0);
    expect(log).toEqual(['a begins']);
    end('a');
    await clock.advance(0);
    expect(log).toEqual(['a begins', 'a ends', 'c begins']);
  });
});
