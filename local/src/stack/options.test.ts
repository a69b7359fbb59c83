import { describe, expect, it } from '@jest/globals';
import { parseStartOptions, UsageError } from './options.ts';

describe('the options of npm start', () => {
  it('has defaults that go on until Ctrl-C in a folder of the project', () => {
    expect(parseStartOptions([], '/p')).toEqual({
      once: false,
      dir: '/p/.tributary',
      keep: false,
      fresh: false,
      feeds: ['sp500-daily', 'earthquakes', 'weather', 'departures'],
    });
  });

  it('takes a folder relative to where it was called', () => {
    expect(
      parseStartOptions(['--once', '--dir', 'x/y', '--fresh', '--feeds', 'weather, earthquakes'], '/p'),
    ).toEqual({
      once: true,
      dir: '/p/x/y',
      keep: false,
      fresh: true,
      feeds: ['weather', 'earthquakes'],
    });
  });

  it('answers help with nothing to run', () => {
    expect(parseStartOptions(['-h'], '/p')).toBeUndefined();
  });

  it.each([
    [['--onec']],
    [['feed']],
    [['--dir']],
    [['--dir', '']],
    [['--keep']],
    [['--feeds', 'weater']],
    [['--feeds', '']],
  ])('refuses %j and says how to go on', (args) => {
    expect(() => parseStartOptions(args, '/p')).toThrow(UsageError);
  });
});
