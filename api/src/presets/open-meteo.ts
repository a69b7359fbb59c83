import { z } from 'zod';
import { constrained, listAtomic } from '../constraint.ts';
import type { Column } from '../spec/columns.ts';
import { namedValue, timeZone } from '../spec/shared.ts';
import { presetFields, type HttpPreset } from './http-preset.ts';

const degrees = (most: number) =>
  z
    .string()
    .min(1)
    .max(12)
    .regex(/^-?[0-9]{1,3}(\.[0-9]{1,6})?$/, {
      message: `must be degrees between -${most} and ${most}, such as 52.52`,
    });

const variables = () =>
  listAtomic(
    z
      .array(
        z
          .string()
          .min(1)
          .max(64)
          .regex(/^[a-z][a-z0-9_]*$/, {
            message: 'must be a variable of Open-Meteo, such as temperature_2m',
          }),
      )
      .min(1)
      .max(64),
  );

const schema = () =>
  constrained(
    z.strictObject({
      latitude: degrees(90).describe('Latitude of the place.'),
      longitude: degrees(180).describe('Longitude of the place.'),
      hourly: variables().optional().describe('Variables by the hour, such as temperature_2m.'),
      daily: variables().optional().describe('Variables by the day, such as precipitation_sum.'),
      timeZone: timeZone().default('UTC').describe('Zone in which days begin.'),
      parameters: listAtomic(z.array(namedValue()).max(32))
        .default([])
        .describe('Further parameters, such as past_days or temperature_unit.'),
      ...presetFields('https://api.open-meteo.com/v1/forecast', [
        { requests: 600, per: '1m' },
        { requests: 5_000, per: '1h' },
        { requests: 10_000, per: '1d' },
      ]),
    }),
    {
      rule: 'has(self.hourly) != has(self.daily)',
      message: 'set exactly one of hourly and daily; two frequencies are two feeds',
      holds: ({ hourly, daily }) => (hourly === undefined) !== (daily === undefined),
    },
  );

export type OpenMeteoSource = z.output<ReturnType<typeof schema>>;

/** What a variable measures, by its name. */
const KINDS: readonly (readonly [RegExp, NonNullable<Column['kind']>])[] = [
  [/temperature|dew_point|apparent/, 'temperature'],
  [/direction/, 'angle'],
  [/probability|cover|humidity/, 'rate'],
  [/precipitation|rain|showers|snowfall|evapotranspiration|sum|duration/, 'amount'],
];

const measure = (name: string): Column => ({
  name,
  role: 'measure',
  type: 'double',
  kind: KINDS.find(([pattern]) => pattern.test(name))?.[1] ?? 'level',
});

/** Weather (https://open-meteo.com): a list a variable, side by side; a forecast is revised with every run of the model. */
export const openMeteo: HttpPreset<OpenMeteoSource> = {
  schema,
  expand: ({
    latitude,
    longitude,
    hourly,
    daily,
    timeZone: zone,
    parameters,
    baseUrl,
    limits,
    allowPrivate,
  }) => {
    const [kind, names] = hourly === undefined ? ['daily', daily ?? []] : ['hourly', hourly];
    return {
      http: {
        request: {
          url: baseUrl,
          query: [
            { name: 'latitude', value: latitude },
            { name: 'longitude', value: longitude },
            { name: kind, value: names.join(',') },
            { name: 'timezone', value: zone },
            ...parameters,
          ],
        },
        records: `rows(${kind})`,
        errors: [{ when: 'error && reason', is: 'Fail' }],
        limits,
        allowPrivate,
      },
      columns: [
        {
          name: 'time',
          role: 'time',
          type: kind === 'daily' ? 'date' : 'timestamp',
          zone,
          zoneFrom: '$.timezone',
        },
        ...names.map(measure),
      ],
    };
  },
};
