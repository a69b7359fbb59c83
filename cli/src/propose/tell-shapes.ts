import {
  cellText,
  isExactNumber,
  isObject,
  looksLike,
  membersOf,
  type ExactJson,
  type ExactObject,
} from '@tributary/producer';

export function tellsTime(record: ExactJson, depth: number): boolean {
  if (isObject(record))
    return depth < 3 && membersOf(record).some(([, member]) => tellsTime(member, depth + 1));
  if (Array.isArray(record))
    return depth < 1 && record.slice(0, 8).some((item) => tellsTime(item, depth + 1));
  const text = cellText(record);
  return text !== null && text.length < 48 && looksLike([text])?.isTime === true;
}

/** A list of cells. */
export function isRow(value: ExactJson | undefined): boolean {
  return (
    Array.isArray(value) && value.length > 1 && value.every((cell) => !isObject(cell) && !Array.isArray(cell))
  );
}

export function holdsNumber(item: ExactJson): boolean {
  if (isRow(item)) return true;
  return (
    isObject(item) &&
    membersOf(item).some(([, member]) => {
      const text = isObject(member) || Array.isArray(member) ? null : cellText(member);
      return text !== null && looksLike([text])?.isTime !== true && /^[-+]?[\d.,]+$/.test(text);
    })
  );
}

/** The first row holds names, all different, and the others something else. */
export function namesFirst([names, row]: readonly ExactJson[][]): boolean {
  if (names === undefined || row === undefined || names.length !== row.length || names.length < 2)
    return false;
  const named = names.every(
    (name) => typeof name === 'string' && /[A-Za-z]/.test(name) && looksLike([name])?.isTime !== true,
  );
  return (
    named &&
    new Set(names).size === names.length &&
    row.some((cell) => typeof cell !== 'string' || /^[-+]?\d/.test(cell))
  );
}

/** Numbers by currency, country and the like. */
export function isMapOfCodes(value: ExactJson): boolean {
  if (!isObject(value)) return false;
  const members = membersOf(value);
  return (
    members.length > 0 &&
    members.every(([name, member]) => /^[A-Z0-9_.-]{2,12}$/.test(name) && isExactNumber(member))
  );
}

export function isMapByTime(value: ExactJson): boolean {
  if (!isObject(value)) return false;
  const members = membersOf(value);
  const single = members.every(([, member]) => !isObject(member) && !Array.isArray(member));
  return (
    single && members.length > 1 && looksLike(members.slice(0, 20).map(([name]) => name))?.isTime === true
  );
}

/** How many maps lie within each other down to one whose names are times; 0 where there is none. */
export function depthOfTimes(object: ExactObject, above: number): number {
  const members = membersOf(object);
  if (members.length > 1 && looksLike(members.slice(0, 50).map(([name]) => name))?.isTime === true)
    return above + 1;
  if (above > 2) return 0;
  const within = members
    .slice(0, 20)
    .map(([, member]) => (isObject(member) ? depthOfTimes(member, above + 1) : 0));
  return Math.max(0, ...within);
}

/** Entries of a map are of one kind: objects with a member in common, lists, or all numbers. */
export function alike(value: ExactJson, first: ExactJson): boolean {
  if (isObject(first)) {
    const names = new Set(membersOf(first).map(([name]) => name));
    return isObject(value) && membersOf(value).some(([name]) => names.has(name));
  }
  if (Array.isArray(first))
    return Array.isArray(value) && (isObject(first[0]) || (isRow(first) && value.length === first.length));
  return isExactNumber(first) && isExactNumber(value);
}
