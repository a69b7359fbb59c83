import { describe, expect, it } from '@jest/globals';
import { Registry } from '@tributary/runtime';
import { createMetrics } from './metrics.ts';

async function told(registry: Registry): Promise<string[]> {
  return (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('the metrics of a producer', () => {
  const figures: { lag: number | undefined; remaining: number | undefined } = {
    lag: undefined,
    remaining: undefined,
  };
  const registry = new Registry();
  const metrics = createMetrics(registry, {
    cursorLagSeconds: () => figures.lag,
    quotaRemaining: () => figures.remaining,
  });

  it('tell nothing of what is not known, as 0 would be an alarm', async () => {
    const text = (await told(registry)).join('\n');
    expect(text).not.toContain('tributary_quota_remaining');
    expect(text).not.toContain('tributary_cursor_lag_seconds');
  });

  it('have the names of the design', async () => {
    metrics.polls.inc({ result: 'Published' });
    metrics.published.inc(3);
    metrics.requestSeconds.observe(0.2);
    Object.assign(figures, { lag: 12.5, remaining: 0 });
    expect(await told(registry)).toEqual(
      expect.arrayContaining([
        'tributary_polls_total{result="Published"} 1',
        'tributary_records_published_total 3',
        'tributary_upstream_request_seconds_bucket{le="0.25"} 1',
        'tributary_upstream_request_seconds_count 1',
        'tributary_quota_remaining 0',
        'tributary_cursor_lag_seconds 12.5',
      ]),
    );
  });

  it('forget a limit that there is no more', async () => {
    figures.remaining = undefined;
    expect((await told(registry)).join('\n')).not.toContain('tributary_quota_remaining');
  });
});
