import type { Column } from '../spec/columns.ts';
import type { StreamSourceSpec } from '../spec/stream-source-spec.ts';
import { alphaVantagePreset } from './alpha-vantage.ts';
import { presetColumns } from './http-of.ts';

/**
 * The columns of a feed, for producer, consumer and operator alike. Without declared columns a preset brings its own.
 * Declared ones win: they choose what is told apart from undeclared values, in their order, and take from the preset's
 * column of the same name what they leave open (its path above all). What identifies a record is kept in any case:
 * the preset's key columns come first, and its time column where none is declared.
 */
export function resolveColumns({ source, columns }: Pick<StreamSourceSpec, 'source' | 'columns'>): Column[] {
  const preset =
    source.alphaVantage === undefined
      ? [...presetColumns(source)]
      : (alphaVantagePreset(source.alphaVantage)?.columns ?? []);
  if (columns.length === 0) return preset;
  const declared = new Set(columns.map(({ name }) => name));
  const hasTime = columns.some(({ role }) => role === 'time');
  const identity = preset.filter(
    ({ name, role }) => !declared.has(name) && (role === 'key' || (role === 'time' && !hasTime)),
  );
  const inherited = (column: Column): Column => ({
    ...preset.find(({ name }) => name === column.name),
    ...column,
  });
  return [...identity, ...columns.map(inherited)];
}
