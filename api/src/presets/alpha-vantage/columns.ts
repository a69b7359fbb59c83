import type { Column } from '../../spec/columns.ts';
import { EXCHANGE_ZONE } from './function-shape.ts';

/** `path` where it is not the column's name. */
const at = (path: string | undefined): { path?: string } => (path === undefined ? {} : { path });

export const key = (name: string, path?: string): Column => ({
  name,
  ...at(path),
  role: 'key',
  type: 'string',
});

export const text = (name: string, path?: string): Column => ({
  name,
  ...at(path),
  role: 'dimension',
  type: 'string',
});

export const date = (name: string, path?: string): Column => ({
  name,
  ...at(path),
  role: 'dimension',
  type: 'date',
});

export const time = (
  name: string,
  type: 'date' | 'timestamp',
  { path, zone = EXCHANGE_ZONE }: { path?: string; zone?: string } = {},
): Column => ({ name, ...at(path), role: 'time', type, zone });

type Measure = Pick<Column, 'kind' | 'transform' | 'unit' | 'number'>;

export const measure = (name: string, type: string, more: Measure & { path?: string } = {}): Column => ({
  name,
  ...at(more.path),
  role: 'measure',
  type,
  ...(more.kind === undefined ? {} : { kind: more.kind }),
  ...(more.transform === undefined ? {} : { transform: more.transform }),
  ...(more.unit === undefined ? {} : { unit: more.unit }),
  ...(more.number === undefined ? {} : { number: more.number }),
});

export const price = (name: string, path?: string): Column =>
  measure(name, 'decimal(18,6)', { ...at(path), kind: 'price', transform: 'logReturn' });

export const count = (name: string, path?: string): Column =>
  measure(name, 'long', { ...at(path), kind: 'count' });

export const amount = (name: string, path?: string): Column =>
  measure(name, 'decimal(38,6)', { ...at(path), kind: 'amount', transform: 'none' });

export const ratio = (name: string, path?: string): Column =>
  measure(name, 'double', { ...at(path), kind: 'rate' });

/** `-0.5852%`, of which the sign is taken off. */
export const percent = (name: string, path?: string): Column =>
  measure(name, 'double', {
    ...at(path),
    kind: 'rate',
    unit: '%',
    number: { decimal: '.', affixes: ['%'] },
  });
