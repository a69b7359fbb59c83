import { describe, expect, it } from '@jest/globals';
import { verdicts } from './targets.ts';

describe('what is said of targets', () => {
  it('is of each whether it is met, and never that of a figure that is none', () => {
    expect(
      verdicts([
        { name: 'rows', value: 2, atLeast: 2, unit: '×' },
        { name: 'rows', value: 1.994, atLeast: 2, unit: '×' },
        { name: 'memory', value: 200, below: 200, unit: ' MB' },
        { name: 'memory', value: 199.9, below: 200, unit: ' MB' },
        { name: 'writes', value: 0, atMost: 0 },
        { name: 'writes', value: 1, atMost: 0 },
        { name: 'latency', value: Number.NaN, below: 10 },
        { name: 'latency', value: [], below: 10 },
      ]).split('\n'),
    ).toEqual([
      'met     rows: 2.00×, at least 2×',
      'missed  rows: 1.99×, at least 2×',
      'missed  memory: 200.00 MB, below 200 MB',
      'met     memory: 199.90 MB, below 200 MB',
      'met     writes: 0.00, at most 0',
      'missed  writes: 1.00, at most 0',
      'missed  latency: NaN, below 10',
      'missed  latency: NaN, below 10',
    ]);
  });

  it('is of rounds what their median comes to, and how far they lie apart', () => {
    expect(
      verdicts([
        { name: 'odd', value: [0.99, 0.77, 0.85], atLeast: 0.8, unit: '×' },
        { name: 'even', value: [0.7, 0.78, 0.76, 0.83], atLeast: 0.8, unit: '×' },
      ]).split('\n'),
    ).toEqual([
      'met     odd: 0.85× (0.77 to 0.99 in 3 rounds), at least 0.8×',
      'missed  even: 0.77× (0.70 to 0.83 in 4 rounds), at least 0.8×',
    ]);
  });

  it('is nothing where rounds contradict each other, by more than lies between any two', () => {
    expect(verdicts([{ name: 'pace', value: [0.99, 0.75, 0.85, 0.8], atLeast: 0.8 }])).toBe(
      'open    pace: 0.82 (0.75 to 0.99 in 4 rounds), at least 0.8; no verdict: met in 2 of the rounds and missed in 1, each by more than 5 %',
    );
  });

  it('is nothing where the caller knows why', () => {
    expect(verdicts([{ name: 'pace', value: 1.2, atLeast: 0.8, undecided: 'the loop was slower' }])).toBe(
      'open    pace: 1.20, at least 0.8; no verdict: the loop was slower',
    );
  });
});
