import { describe, expect, it } from '@jest/globals';
import type { Json } from '../crd/index.ts';
import { changed, sampleFeed } from '../testing/samples.ts';
import { describeProblem, parseStreamSource } from './parse-stream-source.ts';
import { type Problem } from './problem.ts';

type Sample = 'sp500-daily' | 'ibm-weekly' | 'http-events';

const problemsOf = (value: unknown): Problem[] => {
  const parsed = parseStreamSource(value);
  return parsed.ok ? [] : parsed.problems;
};
/** The problems of a sample after one change. */
const after = (sample: Sample, path: string, to: Json | undefined): Problem[] =>
  problemsOf(changed(sampleFeed(sample), path, to));

describe('a StreamSource that is well', () => {
  it.each(['sp500-daily', 'ibm-weekly', 'http-events'] as const)(
    'is taken with its defaults: %s',
    (sample) => {
      const parsed = parseStreamSource(sampleFeed(sample));
      expect(parsed).toMatchObject({
        ok: true,
        value: { spec: { csv: { cut: { records: 50_000 } }, suspend: false } },
      });
    },
  );

  it('takes null for absent, as the API server does', () => {
    expect(after('sp500-daily', 'spec.csv', null)).toEqual([]);
    expect(after('sp500-daily', 'spec.schedule', null)).toMatchObject([
      { field: 'spec.schedule', code: 'MissingField' },
    ]);
  });

  it('is no other kind', () => {
    expect(problemsOf({ ...sampleFeed('sp500-daily'), kind: 'Pod' })).toMatchObject([
      { field: 'kind', code: 'NotAllowed' },
    ]);
    for (const value of [null, undefined, 7, 'text', []]) expect(problemsOf(value)).toHaveLength(1);
  });
});

describe('an unknown field', () => {
  it.each([
    ['spec.schedule.timezone', 'UTC', 'did you mean timeZone?'],
    ['spec.shedule', {}, 'did you mean schedule?'],
    ['spec.columns.0.nam', 'x', 'did you mean name?'],
    ['spec.partitions', 3, 'move it to spec.kafka.topic.partitions'],
    ['spec.bootstrapServers', 'k:9092', 'move it to spec.kafka.bootstrapServers'],
    ['spec.storage.everything', 1, 'remove it; the fields here are size, storageClassName, budget, keep'],
  ] as const)('at %s is answered with what was meant', (path, to, remedy) => {
    const [problem] = after('ibm-weekly', path, to);
    expect(problem).toMatchObject({ code: 'UnknownField', remedy });
  });
});

describe('what only our own tools can tell', () => {
  it.each([
    ['sp500-daily', 'spec.schedule.timeZone', 'Mars/Base', 'spec.schedule.timeZone', 'UnknownTimeZone'],
    ['sp500-daily', 'spec.schedule.timeZone', '+05', 'spec.schedule.timeZone', 'UnknownTimeZone'],
    ['ibm-weekly', 'spec.columns.0.zone', 'America/NewYork', 'spec.columns[0].zone', 'UnknownTimeZone'],
    ['ibm-weekly', 'spec.series.zone', 'BST', 'spec.series.zone', 'UnknownTimeZone'],
    ['ibm-weekly', 'spec.columns.0.zone', 'BST', 'spec.columns[0].zone', 'UnknownTimeZone'],
    ['ibm-weekly', 'spec.columns.0.zone', 'ist', 'spec.columns[0].zone', 'UnknownTimeZone'],
    [
      'http-events',
      'spec.source.http.limits.1.zone',
      'X',
      'spec.source.http.limits[1].zone',
      'UnknownTimeZone',
    ],
    ['sp500-daily', 'spec.schedule.cron', '61 * * * *', 'spec.schedule.cron', 'BadCron'],
    ['sp500-daily', 'spec.schedule.cron', '0 0 31 2 *', 'spec.schedule.cron', 'BadCron'],
    [
      'sp500-daily',
      'spec.databricks.schedule.cron',
      '* * * * * * *',
      'spec.databricks.schedule.cron',
      'BadCron',
    ],
    [
      'http-events',
      'spec.source.http.limits.0.resets',
      '00:00',
      'spec.source.http.limits[0].resets',
      'RuleBroken',
    ],
    ['http-events', 'spec.source.http.csv', { escape: '"' }, 'spec.source.http.csv.escape', 'RuleBroken'],
    ['http-events', 'spec.source.http.csv', { escape: ',' }, 'spec.source.http.csv.escape', 'RuleBroken'],
    [
      'http-events',
      'spec.source.http.cursor.column',
      'modified',
      'spec.source.http.cursor.column',
      'UnknownColumn',
    ],
    ['ibm-weekly', 'spec.columns.1.type', 'decimal(6,9)', 'spec.columns[1].type', 'OutOfRange'],
    [
      'sp500-daily',
      'spec.source.alphaVantage.parameters.0',
      undefined,
      'spec.source.alphaVantage.parameters',
      'MissingField',
    ],
    [
      'http-events',
      'spec.source.http.request.url',
      'https://u:p@api.example.com/',
      'spec.source.http.request.url',
      'SecretInSpec',
    ],
    ['sp500-daily', 'spec.storage', { budget: '1Mi' }, 'spec.storage.budget', 'OutOfRange'],
    ['sp500-daily', 'spec.storage', { size: '1Gi', keep: '1h' }, 'spec.storage.keep', 'OutOfRange'],
  ] as const)('of %s: %s = %j', (sample, path, to, field, code) => {
    expect(after(sample, path, to as Json | undefined)).toMatchObject([{ field, code }]);
  });

  it('says of kept files without databricks that they need it, and nothing of the budget, which is not used', () => {
    const local = changed(sampleFeed('sp500-daily'), 'spec.databricks', undefined);
    const problems = problemsOf(changed(local, 'spec.storage', { size: '1Gi', keep: '1h' }));
    expect(problems).toMatchObject([
      { field: 'spec.storage.keep', remedy: expect.stringContaining('databricks') },
    ]);
  });

  it('says of a column named as a member that no column can be how to take that member', () => {
    expect(after('ibm-weekly', 'spec.columns.2.name', '_time')).toMatchObject([
      {
        field: 'spec.columns[2].name',
        code: 'BadFormat',
        remedy: 'name it otherwise, and say where its value is in path: "_time"',
      },
    ]);
  });

  it('says of an abbreviation that it may mean several places only where it does', () => {
    const said = (zone: string) => after('ibm-weekly', 'spec.columns.0.zone', zone)[0]?.message;
    expect(said('EDT')).toBe('"EDT" is an abbreviation and no name of a time zone');
    expect(said('IST')).toBe('"IST" is an abbreviation, which may mean several places, and no time zone');
  });

  it('keeps the API key out of the parameters', () => {
    const problems = after('sp500-daily', 'spec.source.alphaVantage.parameters.2', {
      name: 'apikey',
      value: 'K3Y',
    });
    expect(problems).toMatchObject([
      { field: 'spec.source.alphaVantage.parameters[2]', code: 'SecretInSpec' },
    ]);
    expect(JSON.stringify(problems)).not.toContain('K3Y');
  });

  it('shows the arithmetic when a schedule asks for more than the limits allow', () => {
    const [problem, ...others] = after('sp500-daily', 'spec.schedule', { every: '15m' });
    expect(others).toEqual([]);
    expect(problem && describeProblem(problem)).toBe(
      'spec.schedule.every: every 15m is up to 96 polls in 1d, each at least one request, and ' +
        'spec.source.alphaVantage.limits[1] allows 25; poll at most 25 times in 1d, or raise the limit if the plan behind the key allows more',
    );
  });

  it('counts the runs of a cron by the wall clock, so that one a day is one a day in spring too', () => {
    const daily = changed(sampleFeed('sp500-daily'), 'spec.source.alphaVantage.limits', [
      { requests: 1, per: '1d' },
    ]);
    expect(problemsOf(daily)).toEqual([]);
    expect(problemsOf(changed(daily, 'spec.schedule.cron', '0 9,18 * * *'))).toMatchObject([
      {
        code: 'LimitExceeded',
        field: 'spec.schedule.cron',
        message: expect.stringContaining('up to 2 polls in 1d'),
      },
    ]);
  });

  it('says everything that is wrong at once', () => {
    const wrong = changed(
      changed(sampleFeed('sp500-daily'), 'spec.schedule.timeZone', 'Mars/Base'),
      'spec.storage',
      { budget: '1Mi' },
    );
    expect(problemsOf(wrong).map(({ code }) => code)).toEqual(['UnknownTimeZone', 'OutOfRange']);
  });
});
