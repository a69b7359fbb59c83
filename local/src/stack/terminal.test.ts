import { describe, expect, it } from '@jest/globals';
import { printable } from './terminal.ts';

describe('what reaches a terminal', () => {
  it.each([
    ['two\nlines, größer, 日本', 'two\nlines, größer, 日本'],
    ['\u001b[31mred\u001b[39m', '\u001b[31mred\u001b[39m'],
    ['clear \u001b[2J\u001b[H away', 'clear [2J[H away'],
    ['title \u001b]0;owned\u0007', 'title ]0;owned'],
    ['over\rwritten\b\u009b5n', 'overwritten5n'],
    ['a\tb', 'a b'],
    ['gnp\u202eexe.', 'gnpexe.'],
  ])('%j is shown as %j', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });
});
