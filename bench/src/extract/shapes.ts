/** A page of records in one shape, and how a feed reads it. */
export interface Shape {
  readonly name: string;
  readonly records: number;
  readonly body: string;
  /** `spec.source.http` beside the request. */
  readonly http: Record<string, unknown>;
  readonly columns: readonly Record<string, unknown>[];
}

const RECORDS = 1_000;

const times = <T>(of: (at: number) => T): T[] => Array.from({ length: RECORDS }, (_, at) => of(at));
const day = (at: number): string =>
  new Date(Date.UTC(2020, 0, 1) + at * 86_400_000).toISOString().slice(0, 10);
const price = (at: number): string => (100 + ((at * 7_919) % 5_000) / 100).toFixed(4);

const BARS = [
  { name: 'date', role: 'time', type: 'date', zone: 'America/New_York' },
  ...['open', 'high', 'low', 'close'].map((name) => ({ name, role: 'measure', type: 'decimal(18,6)' })),
  { name: 'volume', role: 'measure', type: 'long' },
];

const bar = (at: number): string =>
  `"open":"${price(at)}","high":"${price(at + 1)}","low":"${price(at + 2)}","close":"${price(at + 3)}","volume":"${at * 1_000}"`;

/** The common shapes, a page of a thousand records each. */
export const SHAPES: readonly Shape[] = [
  {
    name: 'list of objects',
    records: RECORDS,
    body: `{"data":[${times((at) => `{"date":"${day(at)}",${bar(at)}}`).join(',')}]}`,
    http: { records: 'data' },
    columns: BARS,
  },
  {
    name: 'map by date (entries)',
    records: RECORDS,
    body: `{"series":{${times((at) => `"${day(at)}":{${bar(at)}}`).join(',')}}}`,
    http: { records: "entries(series, 'date')" },
    columns: BARS,
  },
  {
    name: 'GeoJSON, nested paths',
    records: RECORDS,
    body: `{"features":[${times(
      (at) =>
        `{"type":"Feature","id":"us${at}","properties":{"mag":${price(at)},"place":"${at} km off","time":${1_700_000_000_000 + at * 1_000},"status":"reviewed"},"geometry":{"type":"Point","coordinates":[-118.${at},37.${at},5.1]}}`,
    ).join(',')}]}`,
    http: { records: 'features' },
    columns: [
      { name: 'id', role: 'key' },
      { name: 'time', path: 'properties.time', role: 'time', format: 'epochMillis' },
      { name: 'mag', path: 'properties.mag', role: 'measure', type: 'double' },
      { name: 'place', path: 'properties.place' },
      { name: 'lon', path: 'geometry.coordinates[0]' },
      { name: 'lat', path: 'geometry.coordinates[1]' },
    ],
  },
  {
    name: 'columns side by side (rows)',
    records: RECORDS,
    body: `{"hourly":{"date":[${times((at) => `"${day(at)}"`).join(',')}],${[
      'open',
      'high',
      'low',
      'close',
      'volume',
    ]
      .map((name, offset) => `"${name}":[${times((at) => price(at + offset)).join(',')}]`)
      .join(',')}}}`,
    http: { records: 'rows(hourly)' },
    columns: BARS,
  },
  {
    name: 'CSV',
    records: RECORDS,
    body: `date,open,high,low,close,volume\r\n${times((at) => `${day(at)},${price(at)},${price(at + 1)},${price(at + 2)},${price(at + 3)},${at}`).join('\r\n')}\r\n`,
    http: { format: 'csv' },
    columns: BARS,
  },
  {
    name: 'XML attributes',
    records: RECORDS,
    body: `<r>${times((at) => `<b date="${day(at)}" open="${price(at)}" high="${price(at)}" low="${price(at)}" close="${price(at)}" volume="${at}"/>`).join('')}</r>`,
    http: { format: 'xml', records: 'r.b' },
    columns: BARS.map((column) => ({ ...column, path: `@${column.name}` })),
  },
];
