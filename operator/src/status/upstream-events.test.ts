import { describe, expect, it } from '@jest/globals';
import {
  UPSTREAM_REASONS,
  type ProducerStatus,
  type StreamSourceStatus,
  type UpstreamReason,
} from '@tributary/api';
import type { EventContent, EventRecorder, KubeClient } from '../kube/index.ts';
import { FakeClock } from '../kube/testing/fake-clock.ts';
import { reportPods } from './pod-conditions.ts';
import { StatusDraft } from './status-draft.ts';
import { StatusWriter } from './status-writer.ts';
import type { StreamSource } from './stream-source.ts';

const { signal } = new AbortController();

/** What is told of a feed whose producer says these things, one after the other. */
async function eventsOf(said: readonly ProducerStatus['upstream'][]): Promise<EventContent[]> {
  const told: EventContent[] = [];
  const clock = new FakeClock();
  const writer = new StatusWriter({
    client: { update: async (_type: unknown, object: StreamSource) => object } as unknown as KubeClient,
    events: {
      record: (_object: unknown, content: EventContent) => told.push(content),
    } as unknown as EventRecorder,
    clock,
    wrote: () => undefined,
  });
  let status: StreamSourceStatus | undefined;
  for (const upstream of said) {
    const draft = new StatusDraft(status, 1, () => clock.now());
    const quota = { exhausted: false };
    const known = {
      component: 'producer' as const,
      feed: 'n.a',
      version: '1',
      notYetSupported: [] as string[],
    };
    const kafka = { healthy: true, reason: 'Connected', message: 'connected' };
    const producer: ProducerStatus = { ...known, kafka, upstream, quota, published: 0, deadLettered: 0 };
    reportPods(draft, { producer, consumer: undefined }, true);
    const next = draft.build();
    const feed: StreamSource = {
      apiVersion: 'tributary.dev/v1alpha1',
      kind: 'StreamSource',
      metadata: { name: 'a', namespace: 'n', generation: 1 },
      ...(status === undefined ? {} : { status }),
    };
    await writer.write(feed, next, signal);
    status = next;
  }
  return told;
}

const trouble = (reason: UpstreamReason) => ({ healthy: false, reason, message: `it is ${reason}` });
const well = { healthy: true, reason: 'Answering', message: 'the API answers as expected' };

describe('an API that is not healthy', () => {
  it.each(UPSTREAM_REASONS)(
    'is an event when it is %s, once, and another when it is well again',
    async (reason) => {
      const warning = {
        type: 'Warning',
        reason,
        action: 'UpstreamHealthy',
        note: `UpstreamHealthy: it is ${reason}`,
      };
      expect(await eventsOf([trouble(reason), trouble(reason)])).toEqual([warning]);
      expect(await eventsOf([well, trouble(reason), trouble(reason), well, well])).toEqual([
        warning,
        { ...warning, type: 'Normal', reason: well.reason, note: `UpstreamHealthy: ${well.message}` },
      ]);
    },
  );

  it('is an event for each trouble that takes the place of another', async () => {
    const told = await eventsOf(UPSTREAM_REASONS.map(trouble));
    expect(told.map(({ reason }) => reason)).toEqual(UPSTREAM_REASONS);
  });
});
