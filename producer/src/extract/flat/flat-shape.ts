import type { CellReader } from '../cell-reader.ts';
import { eventTime } from '../event-time.ts';
import { digest } from '../digest.ts';
import type { FeedRecord } from '../record.ts';
import type { FlatRecords, Layout } from './flat-records.ts';

/** One member of the value that is written: what stands before it, and which of the record's values it is. */
interface Written {
  readonly prefix: string;
  /** -1 for a column that the record does not have. */
  readonly at: number;
  /** Words that stand for a missing value; undefined where there are none. */
  readonly nulls: ReadonlySet<string> | undefined;
}

/** How records of one layout become feed records. */
interface Plan {
  readonly layout: Layout;
  readonly value: readonly Written[];
  readonly key: readonly Written[];
  /** The event time; undefined where the feed has none. */
  readonly time: Written | undefined;
}

const QUOTE = 0x22;
const LETTER_N = 0x6e;

/**
 * Feed records from the text of simple raw ones: what is JSON already is copied, many members at a time. It gives the same
 * records as `RecordShape.read`, or none: then that has the last word.
 */
export class FlatShape {
  readonly #readers: readonly CellReader[];
  readonly #names: readonly string[];
  readonly #nulls: ReadonlySet<string>;
  readonly #redact: (text: string) => string;
  readonly #timeAt: number;
  readonly #plans = new WeakMap<Layout, Plan | false>();
  #plan: Plan | undefined;

  /** Only for columns that are members as they are (`CellReader.member`). */
  constructor(
    readers: readonly CellReader[],
    { nulls, redact }: { nulls: ReadonlySet<string>; redact: (text: string) => string },
  ) {
    this.#readers = readers;
    this.#names = readers.map(({ column }) => column.name);
    this.#nulls = nulls;
    this.#redact = redact;
    this.#timeAt = readers.findIndex(({ column }) => column.role === 'time');
  }

  /** Undefined for a record that is not simple, or not without fault. `zone` is that of the body. */
  read(records: FlatRecords, index: number, zone: string | undefined): FeedRecord | undefined {
    const layout = records.layout(index);
    const plan = layout === undefined ? undefined : this.#planFor(layout);
    if (plan === undefined) return undefined;
    const spans = records.spanFrom(index);
    let key = '';
    for (const part of plan.key) {
      const text = cellOf(part, records, spans);
      if (text === null || text === '') return undefined;
      key += `${part.prefix}"${text}"`;
    }
    key += '}';
    const time = this.#time(plan, records, spans, zone);
    if (time === undefined) return undefined;
    const value = valueOf(plan.value, records, spans);
    return this.#redact(key) === key && this.#redact(value) === value
      ? new FlatRecord(key, value, time, this.#names)
      : undefined;
  }

  #time({ time }: Plan, records: FlatRecords, spans: number, ofBody: string | undefined): string | undefined {
    const text = time === undefined ? null : cellOf(time, records, spans);
    if (text === null) return '';
    const column = this.#readers[this.#timeAt]?.column;
    return eventTime(text, { format: column?.format, zone: ofBody ?? column?.zone });
  }

  #planFor(layout: Layout): Plan | undefined {
    if (this.#plan?.layout === layout) return this.#plan;
    const known = this.#plans.get(layout) ?? this.#planOf(layout) ?? false;
    this.#plans.set(layout, known);
    if (known === false) return undefined;
    this.#plan = known;
    return known;
  }

  #planOf(layout: Layout): Plan | undefined {
    const value: Omit<Written, 'prefix'>[] = [];
    const names: string[] = [];
    const taken = new Set<number>();
    for (const { member = '', jsonName, nulls } of this.#readers) {
      const at = layout.names.indexOf(member);
      if (at >= 0) taken.add(at);
      names.push(jsonName);
      value.push({ at, nulls: unlessEmpty(nulls) });
    }
    for (const [at, name] of layout.names.entries()) {
      if (taken.has(at)) continue;
      names.push(JSON.stringify(this.#names.includes(name) ? `$.${name}` : name));
      value.push({ at, nulls: unlessEmpty(this.#nulls) });
    }
    const written = (part: Omit<Written, 'prefix'>, name: string, place: number): Written => ({
      ...part,
      prefix: `${place === 0 ? '{' : ','}${name}:`,
    });
    const columns = value.map((part, place) => written(part, names[place] as string, place));
    const timed = columns[this.#timeAt];
    const keys = this.#readers.flatMap(({ column }, at) => (column.role === 'key' ? [at] : []));
    const key =
      keys.length > 0
        ? keys.map((at, place) => written(value[at] as Written, names[at] as string, place))
        : timed === undefined
          ? []
          : [{ ...timed, prefix: '{"time":' }];
    // Without a key no record is one.
    return key.length === 0 ? undefined : { layout, value: columns, key, time: timed };
  }
}

function unlessEmpty(words: ReadonlySet<string>): ReadonlySet<string> | undefined {
  return words.size === 0 ? undefined : words;
}

/** Text of a cell; as it has no escapes, it is that of its JSON. */
function cellOf({ at, nulls }: Written, { text, spans }: FlatRecords, base: number): string | null {
  if (at < 0) return null;
  const from = spans[base + 2 * at] as number;
  const to = spans[base + 2 * at + 1] as number;
  const first = text.charCodeAt(from);
  if (first === LETTER_N) return null;
  const cell = first === QUOTE ? text.slice(from + 1, to - 1) : text.slice(from, to);
  return nulls?.has(cell) === true ? null : cell;
}

/** The JSON of the value: strings that follow each other as they do in the record are one piece of its text. */
function valueOf(members: readonly Written[], records: FlatRecords, base: number): string {
  const { text, spans } = records;
  let value = '';
  let pieceFrom = 0;
  let pieceTo = 0;
  for (const member of members) {
    const { at, nulls, prefix } = member;
    const from = at < 0 ? -1 : (spans[base + 2 * at] as number);
    const first = from < 0 ? LETTER_N : text.charCodeAt(from);
    const verbatim = from >= 0 && (first === QUOTE || first === LETTER_N);
    if (verbatim && (nulls === undefined || first === LETTER_N || cellOf(member, records, base) !== null)) {
      const to = spans[base + 2 * at + 1] as number;
      const joined = pieceTo > 0 && from - pieceTo === prefix.length && text.startsWith(prefix, pieceTo);
      if (!joined) {
        if (pieceTo > 0) value += text.slice(pieceFrom, pieceTo);
        value += prefix;
        pieceFrom = from;
      }
      pieceTo = to;
      continue;
    }
    if (pieceTo > 0) value += text.slice(pieceFrom, pieceTo);
    pieceTo = 0;
    const cell = verbatim ? null : cellOf(member, records, base);
    value += cell === null ? `${prefix}null` : `${prefix}"${cell}"`;
  }
  if (pieceTo > 0) value += text.slice(pieceFrom, pieceTo);
  return `${value}}`;
}

class FlatRecord implements FeedRecord {
  readonly key: string;
  readonly value: string;
  readonly eventTime: string;
  readonly identity: string;
  readonly hash: string;
  readonly #names: readonly string[];

  constructor(key: string, value: string, eventTime: string, names: readonly string[]) {
    this.key = key;
    this.value = value;
    this.eventTime = eventTime;
    this.identity = digest(key, eventTime);
    this.hash = digest(value);
    this.#names = names;
  }

  /** Seldom asked for, and so read again from the value, in which they stand. */
  get cells(): ReadonlyMap<string, string | null> {
    const value = JSON.parse(this.value) as Record<string, string | null>;
    return new Map(this.#names.map((name) => [name, value[name] ?? null]));
  }
}
