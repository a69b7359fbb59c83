import { describe, expect, it } from '@jest/globals';
import { parseStreamSource } from '@tributary/api';
import { previewBody } from '@tributary/producer';
import { SecretFolder, SecretRegistry } from '@tributary/runtime';
import { parse } from 'yaml';
import { propose } from './proposal.ts';

/** What the proposal's own preview reads: records, and the columns that they are declared with. */
function proposed(body: string): { times: string[]; paths: string[] } {
  const yaml = propose(body, { name: 'x', namespace: 'default', url: 'https://api.example.com/v1/x' });
  const parsed = parseStreamSource(parse(yaml));
  if (!parsed.ok) throw new Error(yaml);
  const { spec } = parsed.value;
  const { records } = previewBody(spec, body, new SecretFolder('/nowhere', new SecretRegistry()));
  return {
    times: records.map(({ eventTime }) => eventTime.slice(0, 16)),
    paths: spec.columns.map(({ name, path }) => path ?? name).sort(),
  };
}

const HOURS = ['2026-01-01T00:00', '2026-01-01T01:00', '2026-01-01T02:00'];

describe('a proposal reads', () => {
  it('RDB without its line of widths', () => {
    const rows = HOURS.map((time, at) => `USGS\t01646500\t${time.replace('T', ' ')}\t${at}.5`);
    const body = `# USGS\n# more\nagency_cd\tsite_no\tdatetime\tvalue\n5s\t15s\t20d\t14n\n${rows.join('\n')}\n`;
    expect(proposed(body)).toEqual({ times: HOURS, paths: ['agency_cd', 'datetime', 'site_no', 'value'] });
  });

  it('annotated CSV by the header below its annotations', () => {
    const rows = HOURS.map((time, at) => `,,0,${time}:00Z,${at}.5,a`);
    const body = [
      '#datatype,string,long,dateTime:RFC3339,double,string',
      '#group,false,false,false,false,true',
      '#default,_result,,,,',
      ',result,table,_time,_value,host',
      ...rows,
    ].join('\r\n');
    const { times, paths } = proposed(body);
    expect(times).toEqual(HOURS);
    expect(paths).toEqual(expect.arrayContaining(['_time', '_value', 'host']));
  });

  it('CSV that escapes its quotes by a backslash', () => {
    const rows = HOURS.map((time, at) => `${time}:00Z,"say \\"hi\\", ${at}",${at}.5`);
    const { times, paths } = proposed(`time,said,v\n${rows.join('\n')}\n`);
    expect(times).toEqual(HOURS);
    expect(paths).toEqual(['said', 'time', 'v']);
  });

  it('CSV without the sums and sources below its rows', () => {
    const rows = HOURS.map((time, at) => `${time}:00Z,${at}.5`);
    const body = `time,v\n${rows.join('\n')}\nTotal,4.5\n"Source: Office, 2026",\n`;
    expect(proposed(body)).toEqual({ times: HOURS, paths: ['time', 'v'] });
  });

  it('CSV by names and units in two lines', () => {
    const rows = HOURS.map((time, at) => `${time},${at}.5`);
    expect(proposed(`Time,Temp\nUTC,°C\n${rows.join('\n')}\n`)).toEqual({
      times: HOURS,
      paths: ['Temp °C', 'Time UTC'],
    });
  });

  it('a table whose header begins with one sign of its comments', () => {
    const rows = HOURS.map((time, at) => `${time}:00Z\t${at}.5`);
    expect(proposed(`##format=x\n##by=y\n#TIME\tV\n${rows.join('\n')}\n`)).toEqual({
      times: HOURS,
      paths: ['#TIME', 'V'],
    });
  });

  it('lists side by side in each of several series, and states below a name that is said once', () => {
    const series = JSON.stringify({
      results: ['a', 'b'].map((id) => ({ id, times: HOURS, values: [1.5, 2, 3] })),
    });
    expect(proposed(series)).toEqual({ times: [...HOURS, ...HOURS], paths: ['id', 'times', 'values'] });
    const states = ['a', 'b'].map((id) =>
      HOURS.map((at, n) => ({ ...(n === 0 ? { id } : {}), at, state: `s${n}` })),
    );
    expect(proposed(JSON.stringify(states))).toEqual({
      times: [...HOURS, ...HOURS],
      paths: ['at', 'id', 'state'],
    });
  });

  it('server-sent events by their data', () => {
    const body = HOURS.map(
      (time, at) => `event: message\nid: ${at}\ndata: {"time":"${time}:00Z","v":${at}}\n\n`,
    );
    expect(proposed(body.join(''))).toEqual({ times: HOURS, paths: ['time', 'v'] });
  });
});
