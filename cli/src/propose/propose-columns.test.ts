import { describe, expect, it } from '@jest/globals';
import { parseExactJson } from '@tributary/producer';
import { proposeColumns } from './propose-columns.ts';

const proposed = (body: string) => {
  const records = parseExactJson(body);
  if (!Array.isArray(records)) throw new Error('no list');
  return proposeColumns(records, records);
};

describe('columns are proposed', () => {
  it('with a word for missing values where it is one, and not where it is a code', () => {
    const { columns, nulls } = proposed(
      '[{"day":"2026-01-01","sex":"M","v":"1.5","w":"-"},{"day":"2026-01-02","sex":"F","v":"M","w":"2"}]',
    );
    expect(nulls).toEqual(['-']);
    expect(columns.find(({ name }) => name === 'v')).toMatchObject({ role: 'measure', nulls: ['M'] });
  });

  it('with no key that is missing somewhere', () => {
    const { columns } = proposed('[{"id":".","site":"a","v":"."},{"id":"x","site":"b","v":"1"}]');
    expect(columns.filter(({ role }) => role === 'key').map(({ name }) => name)).toEqual(['site']);
  });

  it('of durations as seconds', () => {
    const { columns } = proposed(
      '[{"at":"2026-01-01","call":{"delay":"PT1M"}},{"at":"2026-01-02","call":{"delay":"-PT5S"}}]',
    );
    expect(columns[1]).toEqual({
      name: 'delay',
      path: 'to_seconds(call.delay)',
      role: 'measure',
      type: 'double',
    });
  });

  it.each([
    ['["(1.5)","2"]', { decimal: '.' }],
    ['["−1,5","2,25"]', { decimal: ',' }],
    ['["12,34,567.50","1,000"]', { grouping: ',' }],
    [`["1'234.50","5"]`, { grouping: "'" }],
    ['["€1,234.50","-€5"]', { grouping: ',', affixes: ['€'] }],
    ['["1.234,50 €","5 €"]', { decimal: ',', grouping: '.', affixes: ['€'] }],
  ])('of numbers written as %s', (texts, number) => {
    const [first, second] = JSON.parse(texts) as [string, string];
    const body = JSON.stringify([
      { at: '2026-01-01', v: first },
      { at: '2026-01-02', v: second },
    ]);
    expect(proposed(body).columns[1]).toMatchObject({ role: 'measure', number });
  });

  it.each([
    ['["2024 Q1","2024 Q2"]', undefined],
    ['["Q1 2024","Q4 2024"]', "'Q'Q yyyy"],
    ['["FY2024","FY2025"]', "'FY'yyyy"],
    ['["1/22/20","1/23/20"]', 'M/d/yy'],
    ['["6.3.2026","12.3.2026"]', 'd.M.yyyy'],
    ['["2026.03.06","2026.03.07"]', 'yyyy.MM.dd'],
    ['["20260306090500","20260306090600"]', 'yyyyMMddHHmmss'],
    ['["Fri Mar  6 09:00:00 2026","Sat Mar  7 09:00:00 2026"]', 'EEE MMM d HH:mm:ss yyyy'],
  ])('of times written as %s', (texts, format) => {
    const [first, second] = JSON.parse(texts) as [string, string];
    const body = JSON.stringify([
      { at: first, v: 1 },
      { at: second, v: 2 },
    ]);
    const [time] = proposed(body).columns;
    expect([time?.role, time?.format]).toEqual(['time', format]);
  });
});
