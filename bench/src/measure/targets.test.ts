import { expect, it } from '@jest/globals';
import { verdicts } from './targets.ts';

it('tells of each target whether it is met, on its side of the bound', () => {
  const target = { what: 'a', bound: 1_000 };
  expect(
    verdicts([
      { ...target, measured: 1_000.4, wanted: 'above' },
      { ...target, measured: 1_000, wanted: 'above' },
      { ...target, measured: 999, wanted: 'below' },
      { ...target, measured: 1.349, wanted: 'below', bound: 1.3, digits: 2 },
    ]).split('\n'),
  ).toEqual([
    'met     a: 1,000, to be above 1,000',
    'missed  a: 1,000, to be above 1,000',
    'met     a: 999, to be below 1,000',
    'missed  a: 1.35, to be below 1.30',
  ]);
});
