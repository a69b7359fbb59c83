import fc from 'fast-check';
import type { Json, JsonObject } from '../crd/index.ts';
import { changed } from './samples.ts';

/** Values that are right somewhere and wrong elsewhere. */
const VALUES: readonly Json[] = [
  '',
  null,
  'x',
  'UTC',
  'date',
  'cron',
  '5m',
  '0 6 * * *',
  '64Mi',
  'decimal(18,6)',
  'decimal(99,1)',
  'America/New_York',
  'https://api.example.com/v1',
  'A_B',
  'a-b',
  'a.b',
  '-a',
  '12:30',
  '25:00',
  'key',
  'time',
  'measure',
  'gzip',
  'Delete',
  'scram-sha-512',
  'x'.repeat(70),
  'x'.repeat(5_000),
  null,
  0,
  1,
  3,
  -1,
  1.5,
  1_000,
  100_000_000,
  true,
  false,
  [],
  {},
  ['x'],
  [{}],
  { name: 'x', value: 'y' },
  [
    { name: 'x', value: 'y' },
    { name: 'x', value: 'z' },
  ],
  [{ name: 'x' }],
  { secretKeyRef: { name: 'a', key: 'b' } },
  { cron: '0 6 * * *' },
  { every: '1h' },
  { requests: 1, per: '1s' },
];
const NEW_MEMBERS = [
  'every',
  'cron',
  'timeZone',
  'http',
  'trigger',
  'schedule',
  'tls',
  'sasl',
  'bootstrapServers',
  'strimzi',
  'snapshot',
  'suspend',
  'storage',
  'size',
  'page',
  'nextLink',
  'bearer',
  'role',
  'type',
  'zone',
  'unknown',
  'dedupe',
  'window',
];

/** `feed` with one to three changes within its spec, likely and unlikely ones. */
export function mutations(feed: JsonObject): fc.Arbitrary<JsonObject> {
  return fc.integer({ min: 1, max: 3 }).chain((count) => repeatedly(count, fc.constant(feed)));
}

function repeatedly(count: number, feeds: fc.Arbitrary<JsonObject>): fc.Arbitrary<JsonObject> {
  return count === 0 ? feeds : repeatedly(count - 1, feeds.chain(mutation));
}

function mutation(feed: JsonObject): fc.Arbitrary<JsonObject> {
  const paths = pathsOf(feed['spec'] ?? null, 'spec');
  const objects = paths.filter(({ kind }) => kind === 'object').map(({ path }) => path);
  const lists = paths.filter(({ kind }) => kind === 'list');
  const all = paths.map(({ path }) => path);
  if (objects.length === 0) return fc.constant(feed);
  const anyValue = fc.constantFrom(...VALUES).map((value) => structuredClone(value));
  return fc.oneof(
    fc.constantFrom(...all).map((path) => changed(feed, path, undefined)),
    fc.tuple(fc.constantFrom(...all), anyValue).map(([path, value]) => changed(feed, path, value)),
    fc
      .tuple(fc.constantFrom(...objects), fc.constantFrom(...NEW_MEMBERS), anyValue)
      .map(([path, member, value]) => changed(feed, `${path}.${member}`, value)),
    ...(lists.length === 0
      ? []
      : [
          fc
            .constantFrom(...lists)
            .map(({ path, value }) => changed(feed, path, [...(value as Json[]), ...(value as Json[])])),
        ]),
  );
}

function pathsOf(
  value: Json,
  path: string,
): { path: string; kind: 'object' | 'list' | 'leaf'; value: Json }[] {
  const kind = Array.isArray(value)
    ? 'list'
    : typeof value === 'object' && value !== null
      ? 'object'
      : 'leaf';
  const members = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return [
    { path, kind, value },
    ...members.flatMap(([name, member]) => pathsOf(member as Json, `${path}.${name}`)),
  ];
}
