import { describe, expect, it } from '@jest/globals';
import { Cron } from 'croner';
import { cronToQuartz, CronError } from './quartz.ts';

describe('a cron expression in Quartz', () => {
  it.each([
    ['0 6 * * *', '0 0 6 * * ?'],
    ['* * * * *', '0 * * * * ?'],
    ['*/15 * * * *', '0 */15 * * * ?'],
    ['5/10 * * * *', '0 5/10 * * * ?'],
    ['0,30 8-18/2 * * *', '0 0,30 8-18/2 * * ?'],
    ['30 18 * * FRI', '0 30 18 ? * FRI'],
    ['30 18 * * fri', '0 30 18 ? * FRI'],
    ['0 9 * * 1-5', '0 0 9 ? * MON-FRI'],
    ['0 9 * * MON-FRI', '0 0 9 ? * MON-FRI'],
    ['0 9 * * 0', '0 0 9 ? * SUN'],
    ['0 9 * * 7', '0 0 9 ? * SUN'],
    ['0 9 * * 5-7', '0 0 9 ? * FRI,SAT,SUN'],
    ['0 9 * * 6-1', '0 0 9 ? * SAT,SUN,MON'],
    ['0 9 * * 0-6', '0 0 9 ? * SUN-SAT'],
    ['0 9 * * 1,3,5', '0 0 9 ? * MON,WED,FRI'],
    ['0 9 * * 1-5/2', '0 0 9 ? * MON,WED,FRI'],
    ['0 9 * * */2', '0 0 9 ? * SUN,TUE,THU,SAT'],
    ['0 9 * * 2/2', '0 0 9 ? * TUE,THU,SAT'],
    ['0 9 * * 5#2', '0 0 9 ? * 6#2'],
    ['0 9 * * 5L', '0 0 9 ? * 6L'],
    ['0 9 * * FRI#L', '0 0 9 ? * 6L'],
    ['0 0 1 * *', '0 0 0 1 * ?'],
    ['0 0 L * *', '0 0 0 L * ?'],
    ['0 0 1,15 * ?', '0 0 0 1,15 * ?'],
    ['0 0 ? * MON', '0 0 0 ? * MON'],
    ['0 0 */2 1-6 *', '0 0 0 */2 1-6 ?'],
    ['0 0 1 JAN,JUL *', '0 0 0 1 1,7 ?'],
    ['15 30 6 * * *', '15 30 6 * * ?'],
    ['*/20 * * * * MON', '*/20 * * ? * MON'],
    ['0 0 6 ? * ?', '0 0 6 * * ?'],
    ['  0   6 * * *  ', '0 0 6 * * ?'],
  ])('%s is %s', (cron, quartz) => {
    expect(cronToQuartz(cron)).toBe(quartz);
  });

  it.each([
    ['0 6 * *', '4 fields'],
    ['0 6 1 * MON', 'cannot both be set'],
    ['60 6 * * *', 'minute "60"'],
    ['0 24 * * *', 'hour "24"'],
    ['0 6 0 * *', 'day of month "0"'],
    ['0 6 * 13 *', 'month "13"'],
    ['0 6 * * 8', 'day of week "8"'],
    ['0 6 * * FOO', 'day of week "FOO"'],
    ['0/0 6 * * *', 'not a step'],
    ['30-10 6 * * *', 'runs backwards'],
    ['1-2-3 6 * * *', 'cannot be read'],
    ['1/2/3 6 * * *', 'cannot be read'],
  ])('%s is refused, saying why', (cron, why) => {
    expect(() => cronToQuartz(cron)).toThrow(CronError);
    expect(() => cronToQuartz(cron)).toThrow(why);
  });

  it('fires at the same times', () => {
    const expressions = [
      '0 6 * * *',
      '*/7 3-9/2 * * *',
      '30 18 * * MON-FRI',
      '0 9 * * 5-7',
      '0 9 * * 1-5/2',
      '0 9 * * 0,3',
      '5-55/10 * 1-7 * *',
      '10 5 4 */3 *',
      '20 10 2 * * SUN',
    ];
    const from = new Date('2026-02-27T11:13:17Z');
    for (const expression of expressions) {
      const cron = new Cron(expression, { timezone: 'UTC', paused: true });
      const quartz = new Cron(fromQuartz(cronToQuartz(expression)), { timezone: 'UTC', paused: true });
      expect(quartz.nextRuns(50, from).map(String)).toEqual(cron.nextRuns(50, from).map(String));
    }
  });
});

/** Quartz as croner reads it, for expressions with days by name. */
function fromQuartz(quartz: string): string {
  const last = [59, 59, 23, 31, 12];
  return quartz
    .split(' ')
    .map((field, index) =>
      field === '?'
        ? '*'
        : field.replace(/^(\d+)\/(\d+)$/, (_all, first, step) => `${first}-${last[index]}/${step}`),
    )
    .join(' ');
}
