import { describe, expect, it } from '@jest/globals';
import { Cron } from 'croner';
import { checkSchedule, quartzToCroner } from './quartz.ts';

/** The next firings after a moment, in UTC. */
function firings(expression: string, after: string, count: number, timezone = 'UTC'): string[] {
  const runs = new Cron(quartzToCroner(expression), { paused: true, timezone }).nextRuns(
    count,
    new Date(after),
  );
  return runs.map((run) => run.toISOString());
}

describe('a Quartz expression', () => {
  it.each([
    ['0 0 6 * * ?', '2026-11-20T07:00:00Z', '2026-11-21T06:00:00.000Z'],
    // Quartz counts days of the week from Sunday = 1: 2-6 is Monday to Friday.
    ['0 30 18 ? * 2-6', '2026-11-20T19:00:00Z', '2026-11-23T18:30:00.000Z'],
    ['0 30 18 ? * FRI', '2026-11-20T19:00:00Z', '2026-11-27T18:30:00.000Z'],
    ['0 0 12 ? * 6L', '2026-11-01T00:00:00Z', '2026-11-27T12:00:00.000Z'],
    ['0 0 12 ? * 2#3', '2026-11-01T00:00:00Z', '2026-11-16T12:00:00.000Z'],
    ['0 0 0 L * ?', '2026-02-01T00:00:00Z', '2026-02-28T00:00:00.000Z'],
    ['0 5/20 * * * ?', '2026-11-20T07:06:00Z', '2026-11-20T07:25:00.000Z'],
    ['0 0 0 1 1 ? 2030', '2026-11-20T00:00:00Z', '2030-01-01T00:00:00.000Z'],
  ])('%s fires after %s first at %s', (expression, after, first) => {
    expect(firings(expression, after, 1)).toEqual([first]);
  });

  it('counts seconds', () => {
    expect(firings('0/20 * * * * ?', '2026-11-20T07:00:01Z', 3)).toEqual([
      '2026-11-20T07:00:20.000Z',
      '2026-11-20T07:00:40.000Z',
      '2026-11-20T07:01:00.000Z',
    ]);
  });

  it('follows its zone through a change of the clock', () => {
    expect(firings('0 0 6 * * ?', '2026-03-28T00:00:00Z', 2, 'Europe/Berlin')).toEqual([
      '2026-03-28T05:00:00.000Z',
      '2026-03-29T04:00:00.000Z',
    ]);
  });

  it.each(['0 6 * * *', '0 0 6 * * *', '0 0 6 ? * ?', '0 0 25 * * ?', 'x'])('%s is refused', (expression) => {
    expect(() => checkSchedule(expression, 'UTC')).toThrow('Invalid quartz_cron_expression');
  });

  it('is refused with a zone that there is not', () => {
    expect(() => checkSchedule('0 0 6 * * ?', 'Mars/Olympus')).toThrow('Invalid timezone_id');
  });
});
