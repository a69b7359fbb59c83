import type { Terminal } from '../output/terminal.ts';
import type { Chain, Link } from './chain.ts';

const MARK = { well: '✓', busy: '…', trouble: '✗', off: '-' } as const;
const NAME_WIDTH = 10;

/** The lines of a feed's screen. */
export function screenOf(
  { feed, state, title, summary, links, notes }: Chain,
  colours: Terminal['colours'],
): string[] {
  const { bold, green, red, yellow, dim } = colours;
  const colour = { ready: green, suspended: dim, waiting: yellow, stalled: red, unseen: yellow }[state];
  return [
    `${bold(feed)}  ${colour(title)}`,
    `  ${summary}`,
    '',
    ...links.flatMap((each) => linesOf(each, colours)),
    ...(notes.length === 0 ? [] : ['', ...notes.map((note) => `  ${note}`)]),
  ];
}

function linesOf(
  { name, state, facts, trouble }: Link,
  { green, yellow, red, dim }: Terminal['colours'],
): string[] {
  const colour = { well: green, busy: yellow, trouble: red, off: dim }[state];
  return [
    `  ${colour(MARK[state])} ${name.padEnd(NAME_WIDTH)}${facts.join(' · ')}`.trimEnd(),
    ...(trouble === undefined ? [] : [`    ${''.padEnd(NAME_WIDTH)}${colour(trouble)}`]),
  ];
}
