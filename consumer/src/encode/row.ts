import { HEADERS, LINEAGE_COLUMNS, UNDECLARED_COLUMN, type Column, type CsvDialect } from '@tributary/api';
import { neutraliseFormula } from './formula.ts';
import { parseMembers, type Members } from './members.ts';
import type { TopicRecord } from './topic-record.ts';

/** Null is not the empty text: the dialect tells how each is written. */
export type Cell = string | null;

/** Member of `_undeclared` that keeps a value which is no JSON object: not lost, and no reason to stop the feed. */
export const UNPARSED_MEMBER = '_unparsed';

/** Delivery 3: the header of every file. */
export function headerOf(columns: readonly Column[]): string[] {
  return [...LINEAGE_COLUMNS, ...columns.map(({ name }) => name), UNDECLARED_COLUMN];
}

/** Years of four digits: a file's folder is called by its date. */
const [EARLIEST_MS, LATEST_MS] = [Date.UTC(1000, 0), Date.UTC(10_000, 0) - 1];

/** UTC time, RFC 3339, of when the record was seen; the broker's where the producer said none, or none that there is. */
export function observedAt(record: TopicRecord): string {
  const said = record.headers.get(HEADERS.observedAt) ?? '';
  const ms = Date.parse(said);
  if (/^\d{4}-\d{2}-\d{2}T/.test(said) && ms >= EARLIEST_MS && ms <= LATEST_MS) return said;
  return new Date(Math.min(LATEST_MS, Math.max(EARLIEST_MS, record.timestamp))).toISOString();
}

/** Delivery 3: the cells that every row begins with. */
export function lineageOf(record: TopicRecord): Cell[] {
  return [
    String(record.partition),
    String(record.offset),
    isDelete(record) ? 'delete' : 'upsert',
    orNull(record.headers.get(HEADERS.poll)),
    observedAt(record),
    orNull(record.headers.get(HEADERS.eventTime)),
  ];
}

/** Delivery 3: the cells of one record, in the order of `headerOf`. */
export function rowOf(
  record: TopicRecord,
  columns: readonly Column[],
  { formulasEscaped }: Pick<CsvDialect, 'formulasEscaped'>,
): Cell[] {
  const cells = isDelete(record) ? keyCells(record, columns) : valueCells(record.value, columns);
  return [
    ...lineageOf(record),
    ...(formulasEscaped ? cells.map((cell) => (cell === null ? null : neutraliseFormula(cell))) : cells),
  ];
}

function isDelete(record: TopicRecord): boolean {
  return record.value === null || record.headers.get(HEADERS.op) === 'delete';
}

function valueCells(value: Buffer | null, columns: readonly Column[]): Cell[] {
  const members = value === null ? undefined : parseMembers(value);
  if (members === undefined) {
    const unparsed = JSON.stringify({ [UNPARSED_MEMBER]: value?.toString('utf8') ?? '' });
    return [...columns.map(() => null), unparsed];
  }
  return [...columns.map(({ name }) => members.get(name) ?? null), undeclared(members, columns)];
}

/** A delete fills only the key columns, which its key names. */
function keyCells({ key }: TopicRecord, columns: readonly Column[]): Cell[] {
  const members = (key === null ? undefined : parseMembers(key)) ?? new Map<string, Cell>();
  return [...columns.map(({ name, role }) => (role === 'key' ? (members.get(name) ?? null) : null)), null];
}

function undeclared(members: Members, columns: readonly Column[]): Cell {
  const declared = new Set(columns.map(({ name }) => name));
  const rest = [...members].filter(([name]) => !declared.has(name));
  return rest.length === 0 ? null : JSON.stringify(Object.fromEntries(rest));
}

function orNull(text: string | undefined): Cell {
  return text === undefined || text === '' ? null : text;
}
