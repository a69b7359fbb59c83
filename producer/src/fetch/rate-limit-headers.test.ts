import { describe, expect, it } from '@jest/globals';
import { rateLimitPauseMs, retryAfterMs } from './rate-limit-headers.ts';

const NOW = Date.UTC(2026, 10, 25);
const NOW_S = NOW / 1_000;

describe('headers that tell of a limit', () => {
  it.each([
    ['the draft with one policy', { ratelimit: '"default";r=0;t=30' }, 30_000],
    [
      'several policies, of which one is used up',
      { ratelimit: '"burst";r=3;t=1, "daily";r=0;t=3600' },
      3_600_000,
    ],
    ['an early draft', { ratelimit: 'limit=100, remaining=0, reset=12' }, 12_000],
    ['separate headers', { 'ratelimit-remaining': '0', 'ratelimit-reset': '5' }, 5_000],
    ['seconds since 1970', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW_S + 90) }, 90_000],
    [
      'milliseconds since 1970',
      { 'x-rate-limit-remaining': '0', 'x-rate-limit-reset': String(NOW + 70) },
      70,
    ],
    [
      'a date',
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': new Date(NOW + 4_000).toISOString() },
      4_000,
    ],
    ['a repeated header', { 'x-ratelimit-remaining': '40, 0', 'x-ratelimit-reset': '1, 9' }, 9_000],
    ['a reset far away', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '999999999' }, 86_400_000],
    ['requests that are left', { 'x-ratelimit-remaining': '1', 'x-ratelimit-reset': '60' }, undefined],
    ['no end', { 'x-ratelimit-remaining': '0' }, undefined],
    ['nothing', {}, undefined],
    ['nonsense', { 'ratelimit-remaining': '0', 'ratelimit-reset': 'soon' }, undefined],
  ])('are read: %s', (_what, headers, pause) => {
    expect(rateLimitPauseMs(headers, NOW)).toBe(pause);
  });

  it('are read: Retry-After', () => {
    expect(retryAfterMs('7', NOW)).toBe(7_000);
    expect(retryAfterMs(new Date(NOW + 60_000).toUTCString(), NOW)).toBe(60_000);
    expect(retryAfterMs(new Date(NOW - 60_000).toUTCString(), NOW)).toBe(0);
    expect(retryAfterMs('99999999999', NOW)).toBe(86_400_000);
    expect(retryAfterMs('later', NOW)).toBeUndefined();
    expect(retryAfterMs(undefined, NOW)).toBeUndefined();
  });
});
