import { isExactNumber, isObject, type ExactJson, type ExactObject } from '../extract/exact-json.ts';
import { setMember } from '../extract/member-order.ts';
import { parseExactJson } from '../extract/parse-exact-json.ts';
import { exactly } from '../extract/expression/value.ts';

/** A request body with one member set: of JSON the one at a dotted path, of anything else a field of a form. */
export function withMember(body: string | undefined, path: string, value: string): string {
  if (body !== undefined && !/^\s*\{/.test(body)) {
    const fields = new URLSearchParams(body);
    fields.set(path, value);
    return fields.toString();
  }
  const root = parseExactJson(body ?? '{}');
  if (isObject(root)) setAt(root, path.split('.'), value);
  return JSON.stringify(root);
}

/** Numbers stay numbers where the member held one, as offsets do. */
function setAt(object: ExactObject, [step = '', ...rest]: readonly string[], value: string): void {
  const present = Object.hasOwn(object, step) ? (object[step] ?? null) : null;
  if (rest.length === 0) setMember(object, step, typed(value, present));
  else if (isObject(present)) setAt(present, rest, value);
  else {
    const made: ExactObject = {};
    setMember(object, step, made);
    setAt(made, rest, value);
  }
}

function typed(value: string, present: ExactJson): ExactJson {
  return isExactNumber(present) && /^\d{1,15}$/.test(value) ? exactly(Number(value)) : value;
}
