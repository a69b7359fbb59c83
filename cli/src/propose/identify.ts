import type { ExactJson } from '@tributary/producer';
import { CliError } from '../output/cli-error.ts';
import type { RecordsFound } from './find-records.ts';
import { proposeColumns, type Proposed, type ProposedColumn } from './propose-columns.ts';

/** Records with columns of which one at least identifies: where nothing of a record does, its place or its feed. Throws a CliError where there are no values. */
export function identify(
  found: RecordsFound,
  body: ExactJson,
  feed: string,
): Pick<Proposed, 'columns' | 'nulls'> & { expression: string | undefined } {
  const { columns, nulls, distinct } = proposeColumns(found.records, body);
  const { expression } = found;
  if (columns.length === 0)
    throw new CliError(
      'NoRecords',
      'the answer holds no values that could be records',
      'ask for something that has data: a longer time, another symbol',
    );
  const timed = columns.some(({ role }) => role === 'time');
  if (timed || (distinct && columns.some(({ role }) => role === 'key')))
    return { expression, columns, nulls };
  if (found.records.length < 2)
    return { expression, nulls, columns: [{ name: 'feed', path: `'${feed}'`, role: 'key' }, ...columns] };
  return {
    expression: `numbered(${expression ?? '@'}, 'line')`,
    nulls,
    columns: [{ name: 'line', role: 'key' }, ...columns.map((column) => ofValue(column))],
  };
}

/** What is no object becomes the value of a numbered record. */
function ofValue(column: ProposedColumn): ProposedColumn {
  const { path } = column;
  if (path === '@') return { ...column, path: 'value' };
  return path?.startsWith('[') === true ? { ...column, path: `value${path}` } : column;
}
