import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '@tributary/local/testing';
import { audit } from '../audit/audit.ts';
import { kafkaTopicView } from '../audit/kafka-topic-view.ts';
import type { AuditReport } from '../audit/report.ts';
import type { TopicView } from '../audit/topic-view.ts';
import type { Volume } from '../volume/volume.ts';
import { KEYS, type FeedUnderTest } from './feed-under-test.ts';
import { TopicLedger } from './topic-ledger.ts';

const MAX_PARTITIONS = 3;
const DAY_MS = '86400000';
/** Of a topic that is only compacted Kafka lets nobody delete records. */
const COMPACTED = { 'cleanup.policy': 'compact,delete' };

/** A feed's topic that is truncated, compacted and made anew, with a ledger of what it has held. */
export class TopicUnderTrouble {
  readonly #feed: FeedUnderTest;
  readonly #volume: Volume;
  readonly #random: () => number;
  readonly #former = new Map<string, TopicLedger>();
  #ledger = new TopicLedger();
  published = 0;
  /** When records were last taken from it, in milliseconds since the epoch. */
  takenAt = 0;

  constructor(feed: FeedUnderTest, volume: Volume, random: () => number) {
    this.#feed = feed;
    this.#volume = volume;
    this.#random = random;
  }

  /** At least one record, at most so many; whether they were committed the ledger will tell. */
  async publish(most: number, end: 'commit' | 'abort' = 'commit'): Promise<void> {
    const count = 1 + Math.floor(this.#random() * most);
    try {
      await this.#feed.publish(count, end);
      if (end === 'commit') this.published += count;
    } catch {
      await this.#feed.reconnect();
    }
  }

  /** With whom it may be read meanwhile. */
  async recreate(): Promise<void> {
    const { topicId } = await this.#look();
    this.#former.set(topicId, this.#ledger);
    this.#ledger = new TopicLedger();
    await this.#feed.recreate(1 + Math.floor(this.#random() * MAX_PARTITIONS));
  }

  async addPartition(): Promise<void> {
    const { length } = await (await this.#view()).partitions();
    if (length < MAX_PARTITIONS) await this.#feed.addPartition(length + 1);
  }

  /** As retention does when the consumer keeps up. */
  async truncateWhatHasLanded(): Promise<void> {
    await this.#truncate((landedTo) => landedTo);
  }

  /** As retention does when it does not. */
  async truncateWhatHasNotLanded(): Promise<void> {
    await this.#truncate((landedTo, end) =>
      end > landedTo ? landedTo + 1n + BigInt(Math.floor(this.#random() * Number(end - landedTo))) : landedTo,
    );
  }

  async #truncate(upTo: (landedTo: bigint, end: bigint) => bigint): Promise<void> {
    await this.#look();
    const { partitions } = await this.#feed.audit(false, this.#volume);
    for (const { partition, lastOffset, logStart, end } of partitions) {
      const landedTo = lastOffset === undefined ? 0n : BigInt(lastOffset) + 1n;
      const to = upTo(landedTo, BigInt(end));
      if (to > BigInt(logStart)) await this.#feed.truncate(partition, to);
    }
    await this.#look();
    this.takenAt = Date.now();
  }

  /** By the broker itself, until some records are gone; then no more, so that the ledger stays true. */
  async compact(): Promise<void> {
    await this.#look();
    await this.#feed.alterTopic({
      ...COMPACTED,
      'min.cleanable.dirty.ratio': '0.0',
      'segment.ms': '100',
      'delete.retention.ms': '0',
    });
    const before = this.#ledger.compactedRecords;
    // Only what is behind the newest segment is compacted, and a segment ends with a record that comes later.
    for (let batch = 0; batch < 3; batch += 1) {
      await this.#feed.publish(KEYS);
      this.published += KEYS;
      await delay(150);
    }
    await waitUntil(
      async () => {
        await this.#look();
        return this.#ledger.compactedRecords > before || undefined;
      },
      { what: 'the topic to be compacted', timeoutMs: 60_000, intervalMs: 1_000 },
    );
    await this.#feed.alterTopic({ ...COMPACTED, 'min.compaction.lag.ms': DAY_MS });
    this.takenAt = Date.now();
  }

  /** When everything should have landed. */
  async prove(volume: Volume): Promise<{ report: AuditReport; wrong: string[] }> {
    const { topic } = this.#feed;
    const { topicId } = await this.#look();
    const report = await this.#feed.audit(true, volume);
    const wrong = [...unexpected(report), ...(await this.#ledger.compare(volume, topic, topicId, true))];
    for (const [former, ledger] of this.#former) {
      const gone = await kafkaTopicView(this.#feed.kafka, topic, former);
      wrong.push(...unexpected(await audit({ feed: topic, topic: gone, volume })));
      wrong.push(...(await ledger.compare(volume, topic, former, false)));
    }
    return { report, wrong };
  }

  async #look(): Promise<TopicView> {
    const view = await this.#view();
    await this.#ledger.look(view);
    return view;
  }

  #view(): Promise<TopicView> {
    return kafkaTopicView(this.#feed.kafka, this.#feed.topic);
  }
}

/** Gaps are compared with the ledger. */
function unexpected({ topicId, findings }: AuditReport): string[] {
  return findings
    .filter(({ code }) => code !== 'GapReported')
    .map(({ code, message }) => `${topicId}: ${code}: ${message}`);
}
