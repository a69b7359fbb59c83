import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConsumerConfig } from '@tributary/api';
import { waitUntil, type TestBroker } from '@tributary/local/testing';
import type { AuditReport } from '../audit/report.ts';
import type { ConsumerProcess } from './consumer-process.ts';
import { FeedUnderTest } from './feed-under-test.ts';
import { seededRandom } from './seeded-random.ts';
import { TopicUnderTrouble } from './topic-under-trouble.ts';
import { TroubledWorkspace } from './troubled-workspace.ts';
import { VOLUME, type WorkspaceUnderTest } from './workspace-under-test.ts';

export interface KillRunOptions {
  readonly broker: TestBroker;
  readonly workspace: WorkspaceUnderTest;
  readonly name: string;
  readonly kills: number;
  /** Printed with the outcome, so that a failing history can be had again. */
  readonly seed: number;
  readonly longestLifeMs: number;
  /** Whether the topic is compacted now and then, for which the broker takes half a minute. @default false */
  readonly compaction?: boolean;
  /** Whether what chance has not brought in half of the run comes then: else that would not have been tried. @default false */
  readonly everyTrouble?: boolean;
}

export interface KillRunOutcome {
  readonly report: AuditReport;
  /** What neither an audit nor the ledger of the topics allows; empty when all is well. */
  readonly wrong: readonly string[];
  readonly published: number;
  /** In all folders of the feed. */
  readonly landed: number;
  /** How often each trouble was had. */
  readonly troubles: Readonly<Record<string, number>>;
}

const PARTITIONS = 2;
/** A new process is what each of them asks for. */
const ENDS_BY_ITSELF = ['TopicChanged', 'Superseded'];
const COLUMNS: ConsumerConfig['columns'][] = [
  [
    { name: 'id', role: 'key', type: 'string' },
    { name: 'value', role: 'measure', type: 'double' },
  ],
  [
    { name: 'id', role: 'key', type: 'string' },
    { name: 'value', role: 'measure', type: 'double' },
    { name: 'note', role: 'dimension', type: 'string' },
  ],
];

/** Kills consumers at random moments, among all the other troubles that they meet, and audits what has landed. */
export async function killRun(options: KillRunOptions): Promise<KillRunOutcome> {
  const { broker, workspace, name } = options;
  const between = await TroubledWorkspace.start(workspace.standIn.url);
  const host = join(workspace.connectionDir, 'host');
  await writeFile(host, between.url);
  const csv = { cut: { records: 37, bytes: '64Mi', after: '200ms' } };
  const feed = await FeedUnderTest.create(broker, name, {
    partitions: PARTITIONS,
    csv,
    config: { volume: VOLUME },
  });
  try {
    return await new KillRun(options, feed, between).run();
  } catch (error) {
    throw new Error(`the run of seed ${options.seed} came to no end`, { cause: error });
  } finally {
    await feed.remove();
    between.stop();
    await writeFile(host, workspace.standIn.url);
  }
}

class KillRun {
  readonly #options: KillRunOptions;
  readonly #feed: FeedUnderTest;
  readonly #between: TroubledWorkspace;
  readonly #topic: TopicUnderTrouble;
  readonly #random: () => number;
  /** Of requests, which come when they come: they must not take from what decides the rest of the history. */
  readonly #randomOfRequests: () => number;
  readonly #wrong: string[] = [];
  readonly #troubles: Record<string, number> = { kill: 0 };
  #columns = 0;
  #compression: ConsumerConfig['csv']['compression'] = 'gzip';

  constructor(options: KillRunOptions, feed: FeedUnderTest, between: TroubledWorkspace) {
    this.#options = options;
    this.#feed = feed;
    this.#between = between;
    this.#random = seededRandom(options.seed);
    this.#randomOfRequests = seededRandom(options.seed + 1);
    this.#topic = new TopicUnderTrouble(feed, options.workspace.volume, this.#random);
    between.latenessMs = () => this.#randomOfRequests() * 2 * options.longestLifeMs;
  }

  async run(): Promise<KillRunOutcome> {
    const { kills } = this.#options;
    while ((this.#troubles['kill'] ?? 0) < kills) {
      const consumers = await this.#livesAmongTroubles();
      for (const consumer of consumers) await this.#kill(consumer);
      if (this.#chance('diskGone', 0.1)) await this.#removeDisk(0);
      await this.#troubleTheTopic();
    }
    await this.#between.settle();
    const last = await this.#landEverything();
    await this.#stop(last);
    const { report, rows, wrong } = await this.#topic.prove();
    const { published, unconfirmed } = this.#topic;
    const troubles = { ...this.#troubles, ...this.#between.met, unconfirmed };
    return { report, wrong: [...this.#wrong, ...wrong], published, landed: rows, troubles };
  }

  /** Only who was alive counts. Few reasons are good ones to end before. */
  async #kill(consumer: ConsumerProcess): Promise<void> {
    if (!consumer.listens) this.#count('killedAtItsStart');
    if ((await consumer.kill()) === 'SIGKILL') return this.#count('kill');
    const last = consumer.lines.at(-1) ?? 'a consumer ended without a word';
    const reason = ENDS_BY_ITSELF.find((code) => last.includes(`"${code}"`));
    if (reason === undefined) this.#wrong.push(`ended: ${last}`);
    this.#count(`ended${reason ?? ''}`);
  }

  async #stop(consumer: ConsumerProcess): Promise<void> {
    if ((await consumer.stop()) !== 0) throw new Error(consumer.lines.slice(-5).join('\n'));
  }

  /** One round: what is alive at its end. */
  async #livesAmongTroubles(): Promise<ConsumerProcess[]> {
    const { broker, longestLifeMs } = this.#options;
    await this.#changeLayout(0.08);
    this.#troubleTheVolume();
    const consumers = [this.#start()];
    if (this.#chance('twoAtOnce', 0.15)) consumers.push(this.#start(1));
    const leave = this.#chance('strangerInGroup', 0.04)
      ? await this.#feed.joinGroup().catch(() => undefined)
      : undefined;
    if (this.#chance('aborted', 0.2)) await this.#topic.publish(30, 'abort');
    if (!this.#chance('nothingPublished', 0.05)) await this.#topic.publish(300);
    // The moment of death is what varies; there is no condition to wait for.
    await delay(this.#random() * longestLifeMs);
    await leave?.();
    if (this.#chance('zombie', 0.15)) consumers.push(await this.#replaceWhileItStandsStill(consumers[0]));
    if (this.#chance('topicRecreated', 0.04)) {
      await this.#topic.recreate(false);
      if (this.#random() < 0.7) await this.#topic.publish(100);
      await delay(this.#random() * longestLifeMs);
    }
    if (this.#chance('brokerCrash', 0.03)) {
      await broker.kill();
      await broker.restart();
      this.#topic.brokerCrashed();
      await this.#feed.reconnect();
    }
    return consumers;
  }

  /** With whatever it had on its way; it is awake again beside its successor. */
  async #replaceWhileItStandsStill(zombie: ConsumerProcess | undefined): Promise<ConsumerProcess> {
    const { longestLifeMs } = this.#options;
    zombie?.freeze();
    await this.#changeLayout(0.3);
    const successor = this.#start(2);
    await delay(this.#random() * longestLifeMs);
    zombie?.thaw();
    await delay((this.#random() * longestLifeMs) / 2);
    return successor;
  }

  #troubleTheVolume(): void {
    const between = this.#between;
    const isBehind = this.#chance('listingBehind', 0.25);
    // Retention takes what landed days ago; that a listing does not show even that is not asked for.
    between.listedUpTo = isBehind
      ? Math.max(this.#topic.takenAt, Date.now() - this.#random() * 5_000)
      : Number.POSITIVE_INFINITY;
    const isBad = this.#chance('badUploads', 0.25);
    between.fateOf = () => {
      const drawn = isBad ? this.#randomOfRequests() : 1;
      if (drawn < 0.08) return 'late';
      if (drawn < 0.16) return 'answerLost';
      return drawn < 0.2 ? 'hangs' : 'works';
    };
  }

  async #troubleTheTopic(): Promise<void> {
    if (this.#chance('topicRecreatedWhole', 0.03)) {
      await this.#between.settle();
      // What is read is in a file that is open, perhaps: only a stop completes it.
      await this.#stop(await this.#landEverything());
      await this.#topic.recreate(true);
    }
    if (this.#chance('retention', 0.1)) await this.#topic.truncateWhatHasLanded();
    if (this.#chance('morePartitions', 0.02)) await this.#topic.addPartition();
    if (this.#chance('overtakenByRetention', 0.06)) {
      await this.#takeWhatHasNotLanded(() => this.#topic.truncateWhatHasNotLanded());
    }
    if (this.#options.compaction === true && this.#chance('compaction', 0.03)) {
      await this.#takeWhatHasNotLanded(() => this.#topic.compact());
    }
  }

  /**
   * What the topic loses before it has landed is on one disk at most and on no network any more, and lands from there
   * before another consumer comes: see what docs/decisions/one-claim-across-layouts.md does not cover.
   */
  async #takeWhatHasNotLanded(take: () => Promise<void>): Promise<void> {
    await this.#between.settle();
    await Promise.all([this.#removeDisk(1), this.#removeDisk(2)]);
    await take();
    if (this.#random() < 0.5) return this.#removeDisk(0);
    await this.#kill(await this.#landEverything());
  }

  async #landEverything(): Promise<ConsumerProcess> {
    const consumer = this.#start();
    await waitUntil(
      async () => {
        const { lag, landed, uploaded } = await consumer.status();
        return (lag === 0 && landed.records === uploaded.records) || undefined;
      },
      { what: `everything to be in the volume (seed ${this.#options.seed})`, timeoutMs: 90_000 },
    );
    return consumer;
  }

  #start(disk = 0): ConsumerProcess {
    const { connectionDir } = this.#options.workspace;
    return this.#feed.start({ databricksDir: connectionDir, dataDir: this.#disk(disk) });
  }

  #disk(index: number): string {
    return join(this.#feed.folder, `data-${index}`);
  }

  #removeDisk(index: number): Promise<void> {
    return rm(this.#disk(index), { recursive: true, force: true });
  }

  async #changeLayout(probability: number): Promise<void> {
    if (this.#chance('otherColumns', probability)) this.#columns = 1 - this.#columns;
    if (this.#chance('otherCompression', probability))
      this.#compression = this.#compression === 'gzip' ? 'none' : 'gzip';
    const csv = { ...this.#feed.config.csv, compression: this.#compression };
    await this.#feed.configure({ columns: COLUMNS[this.#columns] ?? [], csv });
  }

  #chance(trouble: string, of: number): boolean {
    const had = this.#random() < of || this.#isOverdue(trouble);
    if (had) this.#count(trouble);
    return had;
  }

  #isOverdue(trouble: string): boolean {
    const { kills, everyTrouble = false } = this.#options;
    return everyTrouble && (this.#troubles['kill'] ?? 0) > kills / 2 && !(trouble in this.#troubles);
  }

  #count(trouble: string): void {
    this.#troubles[trouble] = (this.#troubles[trouble] ?? 0) + 1;
  }
}
