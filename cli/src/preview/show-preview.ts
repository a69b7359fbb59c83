import { LINEAGE_COLUMNS, type Problem } from '@tributary/api';
import type { ColumnSeen, Preview } from '@tributary/producer';
import type { Terminal } from '../output/terminal.ts';
import type { FeedInFile } from './read-feed.ts';
import { table } from './table.ts';

export interface Shown {
  /** Records to show. */
  limit: number;
  /** Where the body is from. */
  from: string;
  demand: string;
}

/** The records, then what became of the answer as a whole; problems last, where the eye is. */
export function showPreview(preview: Preview, { limit, from, demand }: Shown, terminal: Terminal): void {
  const { bold, dim } = terminal.colours;
  const { records, columns, undeclared, bad, next, cursor, warning } = preview;
  if (records.length > 0) {
    const rows = records
      .slice(0, limit)
      .map(({ eventTime, cells }) => [
        eventTime,
        ...columns.map(({ column }) => cells.get(column.name) ?? ''),
      ]);
    const [head = '', ...body] = table(['_event_time', ...columns.map(({ column }) => column.name)], rows);
    terminal.out(bold(head));
    for (const line of body) terminal.out(line);
    if (records.length > limit) terminal.out(dim(`… and ${records.length - limit} more (--limit)`));
    terminal.out('');
    for (const line of columnTable(columns, records.length)) terminal.out(line);
    terminal.out('');
  }
  const lost = [...bad.values()].reduce((sum, count) => sum + count, 0);
  const facts: [string, string][] = [
    ['answer', from],
    ['records', `${records.length} of ${preview.selected}${lost > 0 ? `; ${lost} to the dead letters` : ''}`],
    ['undeclared', listed(undeclared)],
    ['next page', next ?? 'none'],
    ...(cursor === undefined ? [] : [['next cursor', cursor] as [string, string]]),
    ['requests', demand],
    ['CSV', [...LINEAGE_COLUMNS, ...columns.map(({ column }) => column.name), '_undeclared'].join(',')],
  ];
  // Of an answer that is none there is nothing to tell but what it is.
  const told =
    columns.length === 0 ? facts.filter(([name]) => name === 'answer' || name === 'requests') : facts;
  for (const [name, value] of told) terminal.out(`${dim(name.padEnd(12))} ${value}`);
  if (warning !== undefined) terminal.out(`${terminal.colours.yellow('note'.padEnd(12))} ${warning}`);
  if (preview.outline.length > 0) {
    terminal.out(`${dim('the body'.padEnd(12))} ${preview.outline[0] ?? ''}`);
    for (const line of preview.outline.slice(1)) terminal.out(`${' '.repeat(12)} ${line}`);
  }
}

function columnTable(columns: readonly ColumnSeen[], count: number): string[] {
  return table(
    ['column', 'role', 'declared', 'looks like', 'missing', 'example'],
    columns.map(({ column, looksLike, missing, example }) => [
      column.name,
      column.role,
      [column.type, column.format ?? ''].join(' ').trim(),
      looksLike === undefined ? '-' : [looksLike.type, looksLike.format ?? ''].join(' ').trim(),
      `${missing} of ${count}`,
      example ?? '',
    ]),
  );
}

function listed(names: readonly string[]): string {
  const MOST = 8;
  if (names.length === 0) return 'none';
  const more = names.length > MOST ? `, … (${names.length} in all)` : '';
  return `${names.slice(0, MOST).join(', ')}${more}, kept in _undeclared`;
}

/** A problem as a compiler tells it: where, what, and what to do. */
export function showProblem(
  feed: FeedInFile,
  problem: Problem,
  print: (text: string) => void,
  terminal: Terminal,
): void {
  const { red, bold, dim, green } = terminal.colours;
  const { line, column } = feed.placeOf(problem.field);
  print(
    `${red('wrong')} ${bold(`${feed.file}:${line}:${column}`)} ${problem.field}: ${problem.message} ${dim(`(${problem.code})`)}`,
  );
  print(`      ${green('→')} ${problem.remedy}`);
}
