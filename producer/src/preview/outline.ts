import { cellText, isObject, type ExactJson } from '../extract/exact-json.ts';
import { typeName } from '../extract/expression/value.ts';
import { membersOf } from '../extract/member-order.ts';

const MOST_MEMBERS = 12;
const DEEPEST_PATH = 6;

/** What a body holds, a line a member, so that its author sees what to select. */
export function outline(body: ExactJson): string[] {
  if (!isObject(body)) return [described(body)];
  // Lists and objects first: records are in one of them.
  const all = membersOf(body);
  const holding = all.filter(([, value]) => isObject(value) || Array.isArray(value));
  const members = [...holding, ...all.filter((member) => !holding.includes(member))];
  const shown = members.slice(0, MOST_MEMBERS).map(([name, value]) => `${name}: ${described(value)}`);
  return members.length > MOST_MEMBERS ? [...shown, `… and ${members.length - MOST_MEMBERS} more`] : shown;
}

function described(value: ExactJson): string {
  if (Array.isArray(value)) {
    const [first] = value;
    return value.length === 0
      ? 'an empty list'
      : `a list of ${value.length}, first ${described(first ?? null)}`;
  }
  if (isObject(value)) {
    const names = membersOf(value).map(([name]) => name);
    return names.length === 0
      ? 'an empty object'
      : `an object with ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`;
  }
  const text = (cellText(value) ?? 'null').slice(0, 200).replaceAll(/\s+/g, ' ');
  return `${typeName(value)} ${text.length > 40 ? `${text.slice(0, 40)}…` : text}`;
}

/** Paths of everything in a record that is neither object nor list. */
export function pathsOf(record: ExactJson, prefix = '', depth = 0): string[] {
  if (depth >= DEEPEST_PATH) return [];
  if (Array.isArray(record))
    return record.slice(0, 8).flatMap((item, index) => pathsOf(item, `${prefix}[${index}]`, depth + 1));
  if (!isObject(record)) return [prefix === '' ? '@' : prefix];
  return membersOf(record).flatMap(([name, value]) => {
    const step = /^[^.[\]"()|&{}?!<>=,'`*]+$/.test(name) ? name : JSON.stringify(name);
    return pathsOf(value, prefix === '' ? step : `${prefix}.${step}`, depth + 1);
  });
}

/** Names of members, and of those within them. */
export function memberNames(body: ExactJson): string[] {
  if (!isObject(body)) return [];
  return membersOf(body).flatMap(([name, value]) => [
    name,
    ...(isObject(value) ? membersOf(value).map(([inner]) => `${name}.${inner}`) : []),
  ]);
}
