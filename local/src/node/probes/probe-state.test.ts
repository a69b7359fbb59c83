import { describe, expect, it } from '@jest/globals';
import { ProbeState, timingOf } from './probe-state.ts';

describe('a row of probe answers', () => {
  const verdicts = (limits: { successThreshold: number; failureThreshold: number }, answers: string) => {
    const state = new ProbeState(limits, 'unknown');
    return [...answers].map((answer) => state.take(answer === '+')[0]).join('');
  };

  it.each([
    [1, 3, '+--+---+', 'ssssssfs'],
    [2, 1, '+-++-', 'uffsf'],
    [1, 1, '-+', 'fs'],
  ])(
    'with thresholds %i and %i turns %s into %s',
    (successThreshold, failureThreshold, answers, expected) => {
      expect(verdicts({ successThreshold, failureThreshold }, answers)).toBe(expected);
    },
  );

  it('has the API server’s defaults', () => {
    expect(timingOf({})).toEqual({
      initialDelayMs: 0,
      periodMs: 10_000,
      timeoutMs: 1_000,
      successThreshold: 1,
      failureThreshold: 3,
    });
  });
});
