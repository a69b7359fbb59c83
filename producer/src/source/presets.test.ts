import { describe, expect, it } from '@jest/globals';
import { httpOf, parseStreamSource, type StreamSourceSpec } from '@tributary/api';
import { SecretFolder, SecretRegistry } from '@tributary/runtime';
import { previewPages } from '../preview/preview.ts';

const secrets = new SecretFolder('/nowhere', new SecretRegistry());

function specOf(source: object, columns: object[] = []): StreamSourceSpec {
  const parsed = parseStreamSource({
    apiVersion: 'tributary.dev/v1alpha1',
    kind: 'StreamSource',
    metadata: { name: 'feed', namespace: 'feeds' },
    spec: {
      source,
      columns,
      schedule: { every: '1h' },
      kafka: { bootstrapServers: 'k:9092' },
      storage: { size: '1Gi' },
    },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value.spec;
}

function preview(spec: StreamSourceSpec, body: string, headers: Record<string, string> = {}, token?: string) {
  return previewPages(spec, [{ answer: { body, headers }, token }], secrets);
}

describe('a preset', () => {
  it('of Open-Meteo asks for the variables in the zone of their days, and reads them side by side', () => {
    const spec = specOf({
      openMeteo: {
        latitude: '52.52',
        longitude: '13.41',
        daily: ['temperature_2m_max', 'precipitation_sum'],
        timeZone: 'Europe/Berlin',
      },
    });
    const { query = [] } = httpOf(spec.source)?.request ?? {};
    expect(Object.fromEntries(query.map(({ name, value }) => [name, value]))).toMatchObject({
      daily: 'temperature_2m_max,precipitation_sum',
      timezone: 'Europe/Berlin',
    });
    const body =
      '{"timezone":"Europe/Berlin","daily_units":{"time":"iso8601"},"daily":{"time":["2026-03-28","2026-03-29"],"temperature_2m_max":[9.10,null],"precipitation_sum":[0.00,1.5]}}';
    const { records, problems } = preview(spec, body);
    expect(problems).toEqual([]);
    expect(records.map(({ eventTime, cells }) => [eventTime, ...cells.values()])).toEqual([
      ['2026-03-27T23:00:00.000Z', '2026-03-28', '9.10', '0.00'],
      ['2026-03-28T23:00:00.000Z', '2026-03-29', null, '1.5'],
    ]);
  });

  it('of Open-Meteo tells an error by what the API says of it', () => {
    const spec = specOf({ openMeteo: { latitude: '52', longitude: '13', hourly: ['rain'] } });
    const { problems } = preview(spec, '{"error":true,"reason":"no such variable"}');
    expect(problems).toEqual([
      expect.objectContaining({ message: expect.stringContaining('no such variable') }),
    ]);
  });

  it('of USGS brings the columns that the notebook about earthquakes looks for', () => {
    const spec = specOf({ usgsEarthquakes: { magnitude: '2.5', window: 'week' } });
    expect(httpOf(spec.source)?.request.url).toMatch(/summary\/2\.5_week\.geojson$/);
    const body =
      '{"type":"FeatureCollection","features":[{"type":"Feature","id":"ak1","properties":{"mag":2.60,"magType":"ml","place":"5 km N of X, Alaska","time":1767225600123,"updated":1767225700000,"type":"earthquake","status":"reviewed"},"geometry":{"type":"Point","coordinates":[-150.1,61.20,33]}}]}';
    const { records, problems } = preview(spec, body);
    expect(problems).toEqual([]);
    expect(records[0]?.eventTime).toBe('2026-01-01T00:00:00.123Z');
    expect(Object.fromEntries(records[0]?.cells ?? [])).toMatchObject({
      id: 'ak1',
      magnitude: '2.60',
      mag_type: 'ml',
      type: 'earthquake',
      place: '5 km N of X, Alaska',
      latitude: '61.20',
      depth: '33',
    });
  });
});

const ROWS = '[{"id":1},{"id":2}]';

describe('the next page that a preview tells', () => {
  it.each<[string, object, string, Record<string, string>, string | undefined, string | undefined]>([
    ['a number', { page: { parameter: 'p', size: 2 } }, ROWS, {}, undefined, '2'],
    ['a number after another', { page: { parameter: 'p', size: 2 } }, ROWS, {}, '7', '8'],
    ['none behind a short page', { page: { parameter: 'p', size: 3 } }, ROWS, {}, undefined, undefined],
    ['none behind an empty page', { page: { parameter: 'p' } }, '[]', {}, '3', undefined],
    ['an offset', { offset: { parameter: 'o', size: 2 } }, ROWS, {}, '4', '6'],
    [
      'a token',
      { cursor: { parameter: 'c', path: 'next' } },
      `{"items":${ROWS},"next":"abc"}`,
      {},
      undefined,
      'abc',
    ],
    [
      'no token any more',
      { cursor: { parameter: 'c', path: 'next' } },
      `{"items":${ROWS},"next":null}`,
      {},
      'abc',
      undefined,
    ],
    [
      'a link',
      { nextLink: { path: 'links.next' } },
      `{"items":${ROWS},"links":{"next":"/v1?p=2"}}`,
      {},
      undefined,
      '/v1?p=2',
    ],
    [
      'a header',
      { linkHeader: {} },
      ROWS,
      { link: '</v1?p=1>; rel=prev, </v1?p=3>; rel="next"' },
      undefined,
      '/v1?p=3',
    ],
    ['no header', { linkHeader: {} }, ROWS, {}, undefined, undefined],
  ])('is %s', (_what, pagination, body, headers, token, next) => {
    const http = {
      request: { url: 'https://api.example.com/v1' },
      pagination,
      ...(body.startsWith('{') ? { records: 'items' } : {}),
    };
    const spec = specOf({ http }, [{ name: 'id', role: 'key' }]);
    expect(preview(spec, body, headers, token).next).toBe(next);
  });
});
