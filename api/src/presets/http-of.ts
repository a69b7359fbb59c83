import { httpSource, type HttpSource, type Source } from '../spec/source.ts';
import type { Column } from '../spec/columns.ts';
import { openMeteo } from './open-meteo.ts';
import { usgsEarthquakes } from './usgs-earthquakes.ts';

/** The HTTP source that a source comes to: its own, or that of its preset. */
export function httpOf(source: Source): HttpSource | undefined {
  if (source.http !== undefined) return source.http;
  const expanded = expandedPreset(source);
  return expanded === undefined ? undefined : httpSource().parse(expanded.http);
}

/** Columns that the preset of a source brings. */
export function presetColumns(source: Source): readonly Column[] {
  return expandedPreset(source)?.columns ?? [];
}

function expandedPreset(source: Source) {
  if (source.openMeteo !== undefined) return openMeteo.expand(source.openMeteo);
  if (source.usgsEarthquakes !== undefined) return usgsEarthquakes.expand(source.usgsEarthquakes);
  return undefined;
}
