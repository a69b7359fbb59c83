import type { Terminal } from './terminal.ts';

/** Without what would move the cursor, ring or rewrite a terminal: an API's own words are among what is shown. Colours stay. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}(?:\[[\d;]*m)?|[\u202a-\u202e\u2066-\u2069]/gu, (found) => {
    const [control, rest] = [found.charAt(0), found.slice(1)];
    if (control === '\n' || (control === '\u001b' && rest !== '')) return found;
    return control === '\t' ? ` ${rest}` : rest;
  });
}

/** The terminal for people; records for another program go to the other one, as they are. */
export function forPeople(terminal: Terminal): Terminal {
  return {
    ...terminal,
    out: (text) => terminal.out(printable(text)),
    err: (text) => terminal.err(printable(text)),
  };
}
