import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { QuotaLedger } from './quota-ledger.ts';

const DAILY = { requests: 2, per: '1d', resets: '00:00', zone: 'America/New_York' };

describe('the quota ledger', () => {
  it('never lets more requests through than a limit allows in any period, over restarts too', () => {
    const limits = fc.array(
      fc.record({ requests: fc.integer({ min: 1, max: 6 }), per: fc.constantFrom('1s', '10s', '1m') }),
      { minLength: 1, maxLength: 3 },
    );
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 20_000 }), fc.boolean()), { maxLength: 120 });
    fc.assert(
      fc.property(limits, steps, (all, waits) => {
        let ledger = new QuotaLedger(all);
        let now = Date.UTC(2026, 0, 1);
        const sent: number[] = [];
        for (const [wait, restart] of waits) {
          now += wait;
          if (restart) ledger = new QuotaLedger(all, JSON.stringify(ledger));
          if (ledger.waitMs(now) > 0) continue;
          ledger.spend(now);
          sent.push(now);
        }
        for (const { requests, per } of all) {
          const perMs = { '1s': 1_000, '10s': 10_000, '1m': 60_000 }[per];
          for (const [index, at] of sent.entries())
            expect(sent.slice(index).filter((later) => later < at + perMs).length).toBeLessThanOrEqual(
              requests,
            );
        }
      }),
      { numRuns: 300 },
    );
  });

  it('lets a request through after the wait that it told', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.constantFrom('1s', '1m', '1h'), (requests, per) => {
        const ledger = new QuotaLedger([{ requests, per }]);
        let now = Date.UTC(2026, 0, 1) + 123;
        for (let sent = 0; sent < requests * 3; sent += 1) {
          now += ledger.waitMs(now);
          expect(ledger.waitMs(now)).toBe(0);
          ledger.spend(now);
        }
      }),
    );
  });

  it("begins anew when the provider's day does", () => {
    const ledger = new QuotaLedger([DAILY]);
    const evening = Date.parse('2026-06-01T22:00:00-04:00');
    ledger.spend(evening);
    ledger.spend(evening);
    expect([ledger.remaining(evening), ledger.waitMs(evening)]).toEqual([0, 2 * 3_600_000]);
    expect(ledger.msToReset(evening)).toBe(2 * 3_600_000);
    expect(ledger.waitMs(Date.parse('2026-06-02T00:00:00-04:00'))).toBe(0);
    expect(ledger.remaining(Date.parse('2026-06-02T00:00:01-04:00'))).toBe(2);
  });

  it('counts what was spent right after a reset to the day that began', () => {
    const ledger = new QuotaLedger([DAILY]);
    const midnight = Date.parse('2026-06-02T00:00:00-04:00');
    ledger.spend(midnight + 60_000);
    ledger.spend(midnight + 120_000);
    expect(ledger.remaining(midnight + 3_600_000)).toBe(0);
  });

  it('has days of 23 and 25 hours where clocks change', () => {
    for (const [first, reset] of [
      ['2026-11-01T00:30:00-04:00', '2026-11-02T00:00:00-05:00'],
      ['2026-03-08T00:30:00-05:00', '2026-03-09T00:00:00-04:00'],
    ] as const) {
      const ledger = new QuotaLedger([DAILY]);
      const now = Date.parse(first);
      ledger.spend(now);
      ledger.spend(now);
      expect(now + ledger.waitMs(now)).toBe(Date.parse(reset));
      expect(ledger.remaining(Date.parse(reset) - 1)).toBe(0);
      expect(ledger.remaining(Date.parse(reset))).toBe(2);
    }
  });

  it('waits as the API says, over restarts too', () => {
    const ledger = new QuotaLedger([]);
    ledger.pause(5_000);
    ledger.pause(3_000);
    expect(ledger.waitMs(1_000)).toBe(4_000);
    expect(new QuotaLedger([], JSON.stringify(ledger)).waitMs(1_000)).toBe(4_000);
  });

  it('knows nothing of limits that there are not', () => {
    const ledger = new QuotaLedger([]);
    expect([ledger.waitMs(0), ledger.remaining(0), ledger.msToReset(0)]).toEqual([0, undefined, undefined]);
  });

  it('counts what was spent of a period also where another share of it is allotted by now', () => {
    const ledger = new QuotaLedger([DAILY]);
    ledger.spend(Date.UTC(2026, 5, 1));
    const left = (limit: typeof DAILY): number | undefined =>
      new QuotaLedger([limit], JSON.stringify(ledger)).remaining(Date.UTC(2026, 5, 1));
    expect(left({ ...DAILY, requests: 3 })).toBe(2);
    expect(left({ ...DAILY, per: '2d' })).toBe(2);
  });

  it('waits for its turn at a limit that is shared by turns', () => {
    const phase = { everyMs: 6_000, offsetMs: 2_000, lengthMs: 500 };
    const ledger = new QuotaLedger([{ requests: 1, per: '1s' }], undefined, phase);
    expect([0, 2_000, 2_499, 2_500, 9_000].map((now) => ledger.waitMs(now))).toEqual([
      2_000, 0, 0, 5_500, 5_000,
    ]);
    ledger.spend(2_100);
    expect(ledger.waitMs(2_100)).toBe(5_900);
  });
});
