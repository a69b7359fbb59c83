import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Elector, type Leadership, LeadershipLostError, microTime } from './elector.ts';
import type { Lease } from './kinds.ts';
import { FakeClock } from './testing/fake-clock.ts';
import { MemoryLeases } from './testing/memory-leases.ts';

/** A process that takes part in the election, with a clock of its own. */
class Candidate {
  readonly clock = new FakeClock();
  readonly stop = new AbortController();
  readonly ended: Promise<unknown>;
  leadership: Leadership | undefined;
  down = false;

  constructor(leases: MemoryLeases, identity: string) {
    const client = leases.client(() => this.down);
    const elector = new Elector({
      client,
      namespace: 'n',
      name: 'lease',
      identity,
      clock: this.clock,
      random: () => 0.5,
    });
    const lead = async (leadership: Leadership) => {
      this.leadership = leadership;
      await new Promise<void>((resolve) => leadership.signal.addEventListener('abort', () => resolve()));
      this.leadership = undefined;
    };
    this.ended = elector.run(this.stop.signal, lead).catch((error: unknown) => error);
  }

  /** Whether it would write now. */
  get leads(): boolean {
    try {
      this.leadership?.assertHeld();
    } catch {
      return false;
    }
    return this.leadership !== undefined;
  }
}

function setup(count: number) {
  const leases = new MemoryLeases();
  const candidates = Array.from({ length: count }, (_, i) => new Candidate(leases, `c${i}`));
  const advance = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 100)
      for (const { clock } of candidates) await clock.advance(100);
  };
  const [first, second] = candidates as [Candidate, Candidate];
  return { leases, candidates, first, second, advance };
}

describe('the elector', () => {
  it('elects one, and hands over within a retry once that one is stopped', async () => {
    const { leases, first, second, advance } = setup(2);
    await advance(5_000);
    expect([first.leads, second.leads]).toEqual([true, false]);
    first.stop.abort();
    expect(await first.ended).toBeUndefined();
    await advance(4_500);
    expect([first.leads, second.leads]).toEqual([false, true]);
    const spec = (leases.peek('lease') as Lease).spec;
    expect(spec?.holderIdentity).toBe('c1');
    expect(spec?.renewTime).toMatch(/^2026-01-01T00:00:\d\d\.\d{6}Z$/);
    expect(spec?.leaseTransitions).toBe(1);
  });

  it('takes over from a leader that is frozen within 20 s, and that one, woken, writes nothing', async () => {
    const { first, second } = setup(2);
    for (const { clock } of [first, second]) await clock.advance(100);
    expect(first.leads).toBe(true);
    let waited = 0;
    for (; !second.leads; waited += 100) {
      first.clock.freeze(100);
      await second.clock.advance(100);
    }
    expect(waited).toBeLessThanOrEqual(20_000);
    // It wakes up in the middle of its work, before any of its timers has fired.
    expect(() => first.leadership?.assertHeld()).toThrow(LeadershipLostError);
    expect(await first.ended).toBeInstanceOf(LeadershipLostError);
    expect(second.leads).toBe(true);
  });

  it('steps down when it cannot renew for 10 s, before anyone can take over', async () => {
    const { first, second, advance } = setup(2);
    await advance(1_000);
    first.down = true;
    await advance(8_000);
    expect(first.leads).toBe(true);
    await advance(2_000);
    expect([first.leads, second.leads]).toEqual([false, false]);
    expect(await first.ended).toBeInstanceOf(LeadershipLostError);
    await advance(9_000);
    expect(second.leads).toBe(true);
  });

  it('survives a short outage', async () => {
    const { first, advance } = setup(2);
    await advance(1_000);
    first.down = true;
    await advance(6_000);
    first.down = false;
    await advance(10_000);
    expect(first.leads).toBe(true);
  });

  it('does not care how wrong wall clocks are, nor when they jump', async () => {
    const { first, second, advance } = setup(2);
    second.clock.jump(3_600_000);
    await advance(30_000);
    first.clock.jump(-86_400_000);
    await advance(30_000);
    expect([first.leads, second.leads]).toEqual([true, false]);
  });

  it('waits for no one when the lease is its own from before', async () => {
    const leases = new MemoryLeases();
    const before = new Candidate(leases, 'same');
    await before.clock.advance(100);
    const again = new Candidate(leases, 'same');
    await again.clock.advance(100);
    expect(again.leads).toBe(true);
  });

  it('never has two that would write, whoever freezes, loses the network or is set wrong', async () => {
    const step = fc.record({
      ms: fc.integer({ min: 1, max: 150 }).map((n) => n * 100),
      frozen: fc.subarray([0, 1, 2]),
      down: fc.subarray([0, 1, 2]),
      jump: fc.integer({ min: -100_000, max: 100_000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        const { candidates } = setup(3);
        for (const { ms, frozen, down, jump } of steps) {
          candidates[0]?.clock.jump(jump);
          candidates.forEach((candidate, i) => (candidate.down = down.includes(i)));
          for (let passed = 0; passed < ms; passed += 500) {
            for (const [i, { clock }] of candidates.entries()) {
              if (frozen.includes(i)) clock.freeze(500);
              else await clock.advance(500);
              expect(candidates.filter(({ leads }) => leads).length).toBeLessThanOrEqual(1);
            }
          }
        }
        candidates.forEach(({ stop }) => stop.abort());
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it('refuses times with which two could lead', () => {
    const client = new MemoryLeases().client();
    const make = () =>
      new Elector({ client, namespace: 'n', name: 'l', identity: 'i', leaseDurationMs: 5_000 });
    expect(make).toThrow(RangeError);
  });

  it('writes times with the six digits that the API server wants', () => {
    expect(microTime(0)).toBe('1970-01-01T00:00:00.000000Z');
  });
});
