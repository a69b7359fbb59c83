import { readdirSync, readFileSync } from 'node:fs';
import { parseStreamSource, resolveColumns, type StreamSourceSpec } from '@tributary/api';
import { SecretFolder, SecretRegistry } from '@tributary/runtime';
import { parse } from 'yaml';
import { bodyText } from '../extract/body/body-text.ts';
import type { ExactJson } from '../extract/exact-json.ts';
import { RecordShape, type AroundRecord } from '../extract/record.ts';
import { compileSource } from '../source/feed-source.ts';

const CATALOGUE = new URL('../../../k8s/catalogue/', import.meta.url);

export function catalogueNames(): string[] {
  return readdirSync(CATALOGUE)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.replace(/\.yaml$/, ''));
}

/** The spec of `k8s/catalogue/<name>.yaml`, with defaults. */
export function catalogueSpec(name: string): StreamSourceSpec {
  const known = specs.get(name);
  if (known !== undefined) return known;
  const parsed = parseStreamSource(parse(readFileSync(new URL(`${name}.yaml`, CATALOGUE), 'utf8')));
  if (!parsed.ok) throw new Error(`${name}: ${JSON.stringify(parsed.problems, undefined, 1)}`);
  specs.set(name, parsed.value.spec);
  return parsed.value.spec;
}

const specs = new Map<string, StreamSourceSpec>();

/** A record as it goes into the topic, without bringing records of one identity together. */
export interface CatalogueRecord {
  cells: Record<string, string | null>;
  eventTime: string;
}

/** What one answer becomes, by the declaration of a feed in the catalogue. */
export function extractedBy(name: string, body: Uint8Array, contentType?: string): CatalogueRecord[] {
  const spec = catalogueSpec(name);
  return extracted(spec, bodyText(body, { charset: spec.source.http?.charset, contentType }));
}

/** What one answer becomes by `source.http` and columns; `_time` is the event time. */
export function extractedByDeclaration({
  http,
  columns,
  body,
}: {
  http: object;
  columns: readonly object[];
  body: string;
}): Record<string, string | null>[] {
  const parsed = parseStreamSource({
    apiVersion: 'tributary.dev/v1alpha1',
    kind: 'StreamSource',
    metadata: { name: 'shape', namespace: 'shapes' },
    spec: {
      source: { http: { request: { url: 'https://api.example.com/v1' }, ...http } },
      columns,
      schedule: { every: '1d' },
      kafka: { bootstrapServers: 'kafka:9092' },
      storage: { size: '1Gi' },
    },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems, undefined, 1));
  return extracted(parsed.value.spec, body).map(({ cells, eventTime }) => ({ ...cells, _time: eventTime }));
}

function extracted(spec: StreamSourceSpec, text: string): CatalogueRecord[] {
  const source = compileSource(spec.source, new SecretFolder('/nowhere', new SecretRegistry()));
  const page = source.read({ body: text, headers: {} }, { token: undefined, cursor: undefined });
  const shape = new RecordShape(resolveColumns(spec), { nulls: source.nulls });
  return [...page.records].map((raw) => recordOf(shape, raw, page));
}

function recordOf(shape: RecordShape, raw: ExactJson, around: AroundRecord): CatalogueRecord {
  const { value, eventTime } = shape.read(raw, around);
  return { cells: JSON.parse(value) as Record<string, string | null>, eventTime };
}
