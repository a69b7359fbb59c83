import { expect, it } from '@jest/globals';
import { verdicts } from './targets.ts';

it('says of each target whether it is met, and never that of a figure that is none', () => {
  expect(
    verdicts([
      { name: 'rows', value: 2, atLeast: 2, unit: '×' },
      { name: 'rows', value: 1.994, atLeast: 2, unit: '×' },
      { name: 'memory', value: 200, below: 200, unit: ' MB' },
      { name: 'memory', value: 199.9, below: 200, unit: ' MB' },
      { name: 'latency', value: Number.NaN, below: 10 },
    ]).split('\n'),
  ).toEqual([
    'met     rows: 2.00×, at least 2×',
    'missed  rows: 1.99×, at least 2×',
    'missed  memory: 200.00 MB, below 200 MB',
    'met     memory: 199.90 MB, below 200 MB',
    'missed  latency: NaN, below 10',
  ]);
});
