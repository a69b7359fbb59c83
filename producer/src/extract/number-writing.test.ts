import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readableNumber } from './number-writing.ts';

const plain = { decimal: '.' as const, affixes: [] };
const comma = { decimal: ',' as const, affixes: [] };
const powers = [
  { suffix: 'K', exponent: 3 },
  { suffix: ' Mio.', exponent: 6 },
];

describe('a number', () => {
  it.each([
    ['4,786781', comma, '4.786781'],
    ['1.234.567,50', { ...comma, grouping: '.' }, '1234567.50'],
    ['1,234.5', { ...plain, grouping: ',' }, '1234.5'],
    ['12,34,567.00', { ...plain, grouping: ',' }, '1234567.00'],
    ['1\u202f234,5', { ...comma, grouping: ' ' }, '1234.5'],
    ['-0.5852%', { ...plain, affixes: ['%'] }, '-0.5852'],
    ['$1,234.00', { ...plain, grouping: ',', affixes: ['$'] }, '1234.00'],
    ['-$5', { ...plain, affixes: ['$'] }, '-5'],
    ['(3.10)', plain, '-3.10'],
    ['3.10-', plain, '-3.10'],
    ['$1.20K', { ...plain, affixes: ['$'], powers }, '1.20e3'],
    ['-1,5 Mio.', { ...comma, powers }, '-1.5e6'],
    ['K', { ...plain, powers }, 'K'],
    ['\u22125', plain, '-5'],
    // What is not written so stays whole, to be counted downstream.
    ['1.5', comma, '1.5'],
    ['1,2', { ...plain, grouping: ',' }, '1,2'],
    ['n/a', comma, 'n/a'],
    ['', comma, ''],
  ])('%s', (text, writing, readable) => {
    expect(readableNumber(text, writing)).toBe(readable);
  });

  it('keeps every digit in its order', () => {
    const digits = (text: string): string => text.replaceAll(/\D/g, '');
    fc.assert(
      fc.property(fc.stringMatching(/^-?\d{1,12}(,\d{1,12})?$/), (text) => {
        expect(digits(readableNumber(text, comma))).toBe(digits(text));
      }),
    );
  });
});
