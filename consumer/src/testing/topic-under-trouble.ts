import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '@tributary/local/testing';
import { audit } from '../audit/audit.ts';
import { kafkaTopicView } from '../audit/kafka-topic-view.ts';
import type { AuditReport } from '../audit/report.ts';
import type { TopicView } from '../audit/topic-view.ts';
import type { Volume } from '../volume/volume.ts';
import { KEYS, type FeedUnderTest } from './feed-under-test.ts';
import { readLanded } from './landed-rows.ts';
import { TopicLedger } from './topic-ledger.ts';

const MAX_PARTITIONS = 3;
const DAY_MS = '86400000';
/** Of a topic that is only compacted Kafka lets nobody delete records. */
const COMPACTED = { 'cleanup.policy': 'compact,delete' };

interface FormerTopic {
  readonly ledger: TopicLedger;
  /** Whether all of it had landed when it was deleted. */
  readonly whole: boolean;
}

interface Proof {
  readonly report: AuditReport;
  /** Of all topics. */
  readonly rows: number;
  readonly wrong: readonly string[];
}

/** A feed's topic that is truncated, compacted and made anew, with a ledger of what it has held. */
export class TopicUnderTrouble {
  readonly #feed: FeedUnderTest;
  readonly #volume: Volume;
  readonly #random: () => number;
  readonly #former = new Map<string, FormerTopic>();
  #ledger = new TopicLedger();
  readonly #wrong: string[] = [];
  /** Of the present topic, as far as the broker has confirmed it. */
  #confirmed = 0;
  published = 0;
  /** Of which nobody knows whether it is there. */
  unconfirmed = 0;
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
      if (end === 'abort') return;
      this.published += count;
      this.#confirmed += count;
    } catch {
      this.unconfirmed += 1;
      await this.#feed.reconnect();
    }
  }

  /** Where `whole` everything has landed, and nobody is alive; else it is made anew under its readers. */
  async recreate(whole: boolean): Promise<void> {
    const { topicId } = await this.#look();
    if (whole) await this.#compare(topicId, true);
    else this.#ledger.remember(await this.#landed(topicId));
    this.#ledger.takeAll();
    this.#former.set(topicId, { ledger: this.#ledger, whole });
    this.#ledger = new TopicLedger();
    this.#confirmed = 0;
    await this.#feed.recreate(1 + Math.floor(this.#random() * MAX_PARTITIONS));
  }

  brokerCrashed(): void {
    this.#ledger.expectReturn();
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
    await this.#beforeTaking();
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
    await this.#beforeTaking();
    this.#ledger.expectCompaction();
    await this.#feed.alterTopic({
      ...COMPACTED,
      'min.cleanable.dirty.ratio': '0.0',
      'segment.ms': '100',
      'delete.retention.ms': '0',
    });
    const before = this.#ledger.compactedRecords;
    // Only what is behind the newest segment is compacted, and a segment ends with a record that comes later.
    for (let batch = 0; batch < 3; batch += 1) {
      // What is compacted before anybody looked was never seen: these do not count as confirmed.
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
  async prove(): Promise<Proof> {
    const { topic } = this.#feed;
    const { topicId } = await this.#look();
    const report = await this.#feed.audit(true, this.#volume);
    this.#wrong.push(...unexpected(report));
    let rows = await this.#compare(topicId, true);
    for (const [former, { ledger, whole }] of this.#former) {
      const landed = await this.#landed(former);
      const found = ledger.compare(landed, whole).map((each) => `${former}: ${each}`);
      this.#wrong.push(...found);
      rows += rowsOf(landed);
      if (landed.size === 0) continue; // nothing that an audit could speak of
      const gone = await kafkaTopicView(this.#feed.kafka, topic, former);
      this.#wrong.push(...unexpected(await audit({ feed: topic, topic: gone, volume: this.#volume })));
    }
    return { report, rows, wrong: this.#wrong };
  }

  /** Nobody is alive: what has landed in order has landed without a hole. */
  async #beforeTaking(): Promise<void> {
    const { topicId } = await this.#look();
    await this.#compare(topicId, false);
  }

  /** How many rows have landed. */
  async #compare(topicId: string, whole: boolean): Promise<number> {
    const landed = await this.#landed(topicId);
    const found = this.#ledger.compare(landed, whole);
    this.#wrong.push(...found.map((each) => `${topicId}: ${each}`));
    return rowsOf(landed);
  }

  #landed(topicId: string): ReturnType<typeof readLanded> {
    return readLanded(this.#volume, this.#feed.topic, topicId);
  }

  /** A transaction that was just committed can be read a moment later. */
  async #look(): Promise<TopicView> {
    return waitUntil(
      async () => {
        const view = await this.#view();
        await this.#ledger.look(view);
        return this.#ledger.records >= this.#confirmed ? view : undefined;
      },
      { what: `${this.#confirmed} records of the topic to be read`, timeoutMs: 30_000, intervalMs: 100 },
    );
  }

  #view(): Promise<TopicView> {
    return kafkaTopicView(this.#feed.kafka, this.#feed.topic);
  }
}

function rowsOf(landed: Awaited<ReturnType<typeof readLanded>>): number {
  return [...landed.values()].reduce((sum, { rows }) => sum + rows.size, 0);
}

/** Gaps are compared with the ledger. */
function unexpected({ topicId, findings }: AuditReport): string[] {
  return findings
    .filter(({ code }) => code !== 'GapReported')
    .map(({ code, message }) => `${topicId}: ${code}: ${message}`);
}
