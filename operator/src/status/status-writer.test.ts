import { describe, expect, it } from '@jest/globals';
import type { StreamSourceStatus } from '@tributary/api';
import type { EventRecorder, KubeClient } from '../kube/index.ts';
import { FakeClock } from '../kube/testing/fake-clock.ts';
import { StatusWriter } from './status-writer.ts';
import type { StreamSource } from './stream-source.ts';

const { signal } = new AbortController();
const feed = (generation: number, status?: StreamSourceStatus): StreamSource => ({
  apiVersion: 'tributary.dev/v1alpha1',
  kind: 'StreamSource',
  metadata: { name: 'a', namespace: 'n', generation },
  ...(status === undefined ? {} : { status }),
});
const saying = (generation: number, reason: string): StreamSourceStatus => ({
  observedGeneration: generation,
  conditions: [
    {
      type: 'Ready',
      status: 'False',
      reason,
      message: reason,
      observedGeneration: generation,
      lastTransitionTime: '2026-01-01T00:00:00Z',
    },
  ],
});

function setup() {
  const clock = new FakeClock();
  const written: (string | undefined)[] = [];
  const client = {
    async update(_type: unknown, object: StreamSource) {
      written.push(object.status?.conditions?.[0]?.reason);
      return object;
    },
  } as unknown as KubeClient;
  const told: string[] = [];
  const events = {
    record: (_object: unknown, { reason }: { reason: string }) => told.push(reason),
  } as unknown as EventRecorder;
  return {
    clock,
    written,
    told,
    writer: new StatusWriter({ client, events, clock, wrote: () => undefined }),
  };
}

describe('a wait', () => {
  it('is not told while it is over soon, and what comes of it is one write', async () => {
    const { clock, written, writer } = setup();
    expect(await writer.write(feed(1), saying(1, 'TopicNotReady'), signal, { tellAfterMs: 2_000 })).toBe(
      2_000,
    );
    await clock.advance(1_500);
    expect(await writer.write(feed(1), saying(1, 'UserNotReady'), signal, { tellAfterMs: 2_000 })).toBe(500);
    expect(await writer.write(feed(1), saying(1, 'Available'), signal)).toBeUndefined();
    expect(written).toEqual(['Available']);
  });

  it('is told once it lasts', async () => {
    const { clock, written, writer } = setup();
    await writer.write(feed(1), saying(1, 'KafkaNotFound'), signal, { tellAfterMs: 2_000 });
    await clock.advance(2_000);
    await writer.write(feed(1), saying(1, 'KafkaNotFound'), signal, { tellAfterMs: 2_000 });
    expect(written).toEqual(['KafkaNotFound']);
  });

  it('is told at once where the status would else say of this generation what is no longer so', async () => {
    const { written, writer } = setup();
    const object = feed(2, saying(2, 'Available'));
    await writer.write(object, saying(2, 'KafkaNotReady'), signal, { tellAfterMs: 2_000 });
    expect(written).toEqual(['KafkaNotReady']);
  });

  it('begins anew with the next change of the spec', async () => {
    const { clock, written, writer } = setup();
    await writer.write(feed(1), saying(1, 'TopicNotReady'), signal, { tellAfterMs: 2_000 });
    await writer.write(feed(1), saying(1, 'Available'), signal);
    await clock.advance(60_000);
    const changed = feed(2, saying(1, 'Available'));
    expect(await writer.write(changed, saying(2, 'TopicNotReady'), signal, { tellAfterMs: 2_000 })).toBe(
      2_000,
    );
    expect(written).toEqual(['Available']);
  });
});

describe('an event', () => {
  it('tells of a wait for what a person may have to do, once for each reason, and of no step on the way', async () => {
    const { told, writer } = setup();
    await writer.write(feed(1), saying(1, 'KafkaNotFound'), signal);
    await writer.write(feed(1, saying(1, 'KafkaNotFound')), saying(1, 'KafkaNotFound'), signal);
    await writer.write(feed(1, saying(1, 'KafkaNotFound')), saying(1, 'KafkaNotReady'), signal);
    await writer.write(feed(1, saying(1, 'KafkaNotReady')), saying(1, 'TopicNotReady'), signal);
    expect(told).toEqual(['KafkaNotFound', 'KafkaNotReady']);
  });
});
