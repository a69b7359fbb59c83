import { cellText, isObject, membersOf, type ExactJson } from '@tributary/producer';
import { CliError } from '../output/cli-error.ts';

const SAYS =
  /^(error|errors|error.?message|error.?description|message|msg|note|information|detail|reason|fault.?string)$/i;
/** Texts of these are about an error however short they are. */
const ERROR = /error|fault/i;
const FEWEST_WORDS = 4;

/** An answer that says what is wrong is nothing to propose a feed from. Throws a CliError with its words, but for secrets. */
export function refuseErrors(body: ExactJson, secrets: readonly string[]): void {
  const words = saidBy(body, 0) ?? spreadOver(body);
  if (words === undefined) return;
  const said = secrets.reduce((text, secret) => text.replaceAll(secret, '***'), words);
  throw new CliError(
    'ErrorInstead',
    `the answer says ${JSON.stringify(said.slice(0, 200))}`,
    'ask for something that has data; where such answers come with status 200, name them in source.http.errors',
  );
}

/** Of an object that is about the error, whatever else it holds; and of one within it. */
function saidBy(body: ExactJson, depth: number): string | undefined {
  if (!isObject(body) || depth > 1) return undefined;
  const members = membersOf(body);
  for (const [name, member] of members) {
    // Envelopes of one member say what is within them.
    if (!SAYS.test(name)) {
      const said =
        members.length === 1 || /fault$/i.test(name)
          ? saidBy(member, /fault$/i.test(name) ? depth : depth + 0.25)
          : undefined;
      if (said !== undefined) return said;
      continue;
    }
    const text = isObject(member)
      ? saidBy(member, depth + 1)
      : cellText(Array.isArray(member) ? (member[0] ?? null) : member);
    if (
      text !== null &&
      text !== undefined &&
      text.trim().split(/\s+/).length >= (ERROR.test(name) ? 2 : FEWEST_WORDS)
    )
      return text;
  }
  return undefined;
}

/** A notice that was written as CSV: a letter a cell. */
function spreadOver(body: ExactJson): string | undefined {
  const [first] = Array.isArray(body) && body.length === 1 ? body : [];
  const cells = isObject(first) ? membersOf(first).map(([, cell]) => cellText(cell) ?? '') : [];
  return cells.length >= 4 && cells.every((cell) => /^[A-Za-z ]$/.test(cell)) ? cells.join('') : undefined;
}
