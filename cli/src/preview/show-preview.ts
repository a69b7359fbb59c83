import { LINEAGE_COLUMNS } from '@tributary/api';
import type { ColumnSeen, Preview } from '@tributary/producer';
import { widthOf, type Terminal } from '../output/terminal.ts';
import { table, type Table } from './table.ts';
import { wrap } from './wrap.ts';

export interface Shown {
  /** Records to show. */
  limit: number;
  /** Where the pages are from, one each. */
  from: readonly string[];
  demand: string;
}

const LABEL = 13;

/** The records, then what became of the answer as a whole; problems come last, where the eye is. */
export function showPreview(preview: Preview, shown: Shown, terminal: Terminal): void {
  const { bold, dim, yellow } = terminal.colours;
  const width = widthOf(terminal);
  if (preview.records.length > 0) {
    showTable(recordTable(preview, shown.limit, width), terminal);
    const more = preview.records.length - shown.limit;
    if (more > 0) terminal.out(dim(`… and ${more.toLocaleString('en')} more records (--limit)`));
    terminal.out('');
    showTable(columnTable(preview.columns, preview.records.length, width), terminal);
    terminal.out('');
  }
  for (const [name, parts, separator] of factsOf(preview, shown)) {
    const [first = '', ...more] = wrap(parts, separator, width - LABEL);
    terminal.out(`${dim(name.padEnd(LABEL))}${first}`);
    for (const line of more) terminal.out(' '.repeat(LABEL) + line);
  }
  if (preview.warning !== undefined) {
    const [first = '', ...more] = wrap(preview.warning.split(' '), ' ', width - LABEL);
    terminal.out(`${yellow('note'.padEnd(LABEL))}${first}`);
    for (const line of more) terminal.out(' '.repeat(LABEL) + line);
  }
  for (const [at, line] of preview.outline.entries())
    terminal.out(`${dim((at === 0 ? 'the body' : '').padEnd(LABEL))}${line.slice(0, width - LABEL)}`);
  if (preview.problems.length === 0 && preview.records.length > 0)
    terminal.out(
      `\n${terminal.colours.green('right')} ${bold(`${preview.records.length} of ${preview.selected} records`)}`,
    );
}

function showTable({ lines: [head = '', ...rows], left }: Table, terminal: Terminal): void {
  const { bold, dim } = terminal.colours;
  terminal.out(bold(head));
  for (const row of rows) terminal.out(row);
  if (left.length === 0) return;
  const beside = wrap([`and beside it ${left[0] ?? ''}`, ...left.slice(1)], ', ', widthOf(terminal));
  for (const line of beside) terminal.out(dim(line));
}

function recordTable({ records, columns }: Preview, limit: number, width: number): Table {
  const timed = records.some(({ eventTime }) => eventTime !== '');
  const rows = records
    .slice(0, limit)
    .map(({ eventTime, cells }) => [
      ...(timed ? [eventTime.replace('.000Z', 'Z')] : []),
      ...columns.map(({ column }) => cells.get(column.name) ?? '∅'),
    ]);
  return table([...(timed ? ['_event_time'] : []), ...columns.map(({ column }) => column.name)], rows, width);
}

function columnTable(columns: readonly ColumnSeen[], count: number, width: number): Table {
  return table(
    ['column', 'role', 'declared', 'looks like', 'missing', 'example'],
    columns.map(({ column, looksLike, missing, example }) => [
      column.name,
      column.role,
      [column.type, column.format ?? ''].join(' ').trim(),
      looksLike === undefined ? '-' : [looksLike.type, looksLike.format ?? ''].join(' ').trim(),
      missing === 0 ? 'none' : `${missing} of ${count}`,
      example ?? '∅',
    ]),
    width,
  );
}

type Fact = readonly [name: string, parts: readonly string[], separator: string];

function factsOf(preview: Preview, { from, demand }: Shown): Fact[] {
  const { records, columns, undeclared, bad, next, cursor } = preview;
  const asked: Fact[] = [
    ['answer', from, ' '],
    ['requests', [demand], ''],
  ];
  // Of an answer that is none there is nothing to tell but what it is.
  if (columns.length === 0) return asked;
  const lost = [...bad.values()].reduce((sum, count) => sum + count, 0);
  const header = [...LINEAGE_COLUMNS, ...columns.map(({ column }) => column.name), '_undeclared'];
  return [
    ...asked,
    [
      'records',
      [`${records.length} of ${preview.selected}${lost > 0 ? `; ${lost} to the dead letters` : ''}`],
      '',
    ],
    ...timesOf(preview),
    ...provisionalIn(preview),
    ['undeclared', undeclared.length === 0 ? ['none'] : [...undeclared, 'kept in _undeclared'], ', '],
    ['next page', [next ?? 'none'], ''],
    ...(cursor === undefined ? [] : [['next cursor', [cursor], ''] as Fact]),
    ['CSV header', header, ','],
  ];
}

const MOST_TIMES = 3;

function provisionalIn({ provisional }: Preview): Fact[] {
  if (provisional === undefined) return [];
  const { times, count, until, each } = provisional;
  const named = times.slice(0, MOST_TIMES).map(shortTime);
  const more = times.length > MOST_TIMES ? `and ${times.length - MOST_TIMES} times before` : '';
  const told = `${count} (${[...named, more].filter((part) => part !== '').join(', ')})`;
  const again = each
    ? 'notebooks leave out each that is not published anew from then on (series.answers: all, if every answer holds all records)'
    : 'notebooks leave them out until the feed brings anything new from then on';
  const parts = `${told} may change until ${shortTime(until)}: ${again}`;
  return [['provisional', parts.split(' '), ' ']];
}

function shortTime(time: string): string {
  return time.replace('T00:00:00.000Z', '').replace('.000Z', 'Z');
}

function timesOf({ records }: Preview): Fact[] {
  const times = [...new Set(records.map(({ eventTime }) => eventTime))].filter((time) => time !== '').sort();
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined) return [];
  return [
    [
      'event times',
      [
        first === last
          ? shortTime(first)
          : `${shortTime(first)} to ${shortTime(last)}, ${times.length} different ones`,
      ],
      '',
    ],
  ];
}
