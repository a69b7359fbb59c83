import { describe, expect, it } from '@jest/globals';
import { parseStartOptions, UsageError } from './options.ts';

describe('the options of npm start', () => {
  it('has defaults that go on until Ctrl-C in a folder of the project', () => {
    expect(parseStartOptions([], '/p', false)).toEqual({
      once: false,
      dir: '/p/.tributary',
      keep: false,
      fresh: false,
      feeds: ['sp500-daily', 'earthquakes', 'weather', 'departures'],
    });
  });

  it('takes a folder relative to where it was called', () => {
    expect(
      parseStartOptions(['--once', '--dir', 'x/y', '--fresh', '--feeds', 'weather, earthquakes'], '/p', true),
    ).toEqual({
      once: true,
      dir: '/p/x/y',
      keep: false,
      fresh: true,
      feeds: ['weather', 'earthquakes'],
    });
  });

  it('adds the feed of the real API where there is a key, unless others are asked for by name', () => {
    expect(parseStartOptions([], '/p', true)?.feeds).toContain('ibm-weekly');
    expect(parseStartOptions(['--feeds', 'departures'], '/p', true)?.feeds).toEqual(['departures']);
    expect(parseStartOptions(['--feeds', 'ibm-weekly'], '/p', true)?.feeds).toEqual(['ibm-weekly']);
  });

  it('answers help with nothing to run', () => {
    expect(parseStartOptions(['-h'], '/p', false)).toBeUndefined();
  });

  it.each([
    [['--onec']],
    [['feed']],
    [['--dir']],
    [['--dir', '']],
    [['--keep']],
    [['--feeds', 'weater']],
    [['--feeds', '']],
    [['--feeds', 'ibm-weekly']],
  ])('refuses %j and says how to go on', (args) => {
    expect(() => parseStartOptions(args, '/p', false)).toThrow(UsageError);
  });
});
