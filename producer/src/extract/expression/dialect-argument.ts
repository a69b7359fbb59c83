import type { Dialect } from '../body/dialect.ts';
import { cellText, type ExactJson, type ExactObject } from '../exact-json.ts';
import { membersOf } from '../member-order.ts';
import { ExpressionError, numberOf } from './value.ts';

type Read = (value: ExactJson) => Dialect[keyof Dialect];

const text: Read = (value) => (typeof value === 'string' ? value : undefined);
const flag: Read = (value) => (typeof value === 'boolean' ? value : undefined);
const count: Read = (value) => numberOf(value);

const MEMBERS: { readonly [Name in keyof Required<Dialect>]: Read } = {
  delimiter: text,
  quote: text,
  escape: text,
  header: flag,
  headerStarts: text,
  headerLines: count,
  names: (value) => (Array.isArray(value) ? value.map((name) => cellText(name) ?? '') : undefined),
  skipLines: count,
  comment: text,
  trim: flag,
};

/** The dialect that an expression writes: the fields of `source.http.csv` by the same names. */
export function dialectOf(members: ExactObject): Dialect {
  return Object.fromEntries(
    membersOf(members).map(([name, value]) => {
      const read = Object.hasOwn(MEMBERS, name) ? MEMBERS[name as keyof Dialect]?.(value) : undefined;
      if (read === undefined)
        throw new ExpressionError(
          `parse_csv(): ${name} is no field of a dialect, or not of its type; there are ${Object.keys(MEMBERS).join(', ')}`,
        );
      return [name, read];
    }),
  );
}
