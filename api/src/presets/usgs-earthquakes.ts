import { z } from 'zod';
import { presetFields, type HttpPreset } from './http-preset.ts';

const schema = () =>
  z.strictObject({
    magnitude: z
      .enum(['all', '1.0', '2.5', '4.5', 'significant'])
      .default('all')
      .describe('Least magnitude, or only what people noticed.'),
    window: z
      .enum(['hour', 'day', 'week', 'month'])
      .default('day')
      .describe('How far back each poll looks; longer than the time between two polls.'),
    ...presetFields('https://earthquake.usgs.gov/earthquakes/feed/v1.0/summary', [
      { requests: 60, per: '1m' },
    ]),
  });

export type UsgsEarthquakesSource = z.output<ReturnType<typeof schema>>;

/** Earthquakes (https://earthquake.usgs.gov): GeoJSON; an event comes again whenever it is revised. */
export const usgsEarthquakes: HttpPreset<UsgsEarthquakesSource> = {
  schema,
  // With the columns that the notebook `quakes` looks for (docs/analyses.md).
  expand: ({ magnitude, window, baseUrl, limits, allowPrivate }) => ({
    http: {
      request: { url: `${baseUrl}/${magnitude}_${window}.geojson` },
      records: 'features',
      limits,
      allowPrivate,
    },
    columns: [
      { name: 'id', role: 'key', type: 'string' },
      { name: 'time', path: 'properties.time', role: 'time', type: 'timestamp', format: 'epochMillis' },
      { name: 'magnitude', path: 'properties.mag', role: 'measure', type: 'double', kind: 'level' },
      { name: 'mag_type', path: 'properties.magType', role: 'dimension', type: 'string' },
      { name: 'type', path: 'properties.type', role: 'dimension', type: 'string' },
      { name: 'place', path: 'properties.place', role: 'dimension', type: 'string' },
      { name: 'longitude', path: 'geometry.coordinates[0]', role: 'dimension', type: 'double' },
      { name: 'latitude', path: 'geometry.coordinates[1]', role: 'dimension', type: 'double' },
      { name: 'depth', path: 'geometry.coordinates[2]', role: 'measure', type: 'double', unit: 'km' },
      { name: 'status', path: 'properties.status', role: 'dimension', type: 'string' },
      { name: 'updated', path: 'properties.updated', role: 'dimension', type: 'string' },
    ],
  }),
};
