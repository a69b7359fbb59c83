import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { producerConfig, resolveColumns, topicNames, type ProducerConfig } from '@tributary/api';
import { PublishFailedError, type Kafka, type OutgoingRecord } from '@tributary/kafka';
import { createLogger, SecretFolder, SecretRegistry, type Clock } from '@tributary/runtime';
import type { HttpAnswer, HttpFetcher, HttpRequest } from '../fetch/http-fetcher.ts';
import type { AnswerBytes } from '../fetch/read-answer.ts';
import { Poller, type PollerOptions } from '../poll/poller.ts';
import { compileSource } from '../source/feed-source.ts';

export const HOST = 'https://api.example.com';
export const KEY = 'KEY-4711-secret';

/** Time that passes only while somebody sleeps. */
export class SleptClock implements Clock {
  at: number;

  constructor(at = Date.UTC(2026, 0, 10)) {
    this.at = at;
  }

  now = (): number => this.at;
  sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted();
    this.at += ms;
    await Promise.resolve();
  };
}

type Answered = Omit<Partial<HttpAnswer>, 'body'> & { body?: unknown };
/** Answers a request, or throws what the fetcher would. */
export type Answerer = (request: HttpRequest, signal: AbortSignal) => Answered | Promise<Answered>;

/**
 * A feed whose API and Kafka are objects of the test: for what a poll decides, which neither has a part in. What they do
 * themselves is tested with the real ones, in `poller.test.ts` and `producer.test.ts`.
 */
export class FeedInMemory {
  readonly clock = new SleptClock();
  readonly secrets = new SecretRegistry();
  readonly requests: HttpRequest[] = [];
  /** What is committed, in its order. */
  readonly committed: OutgoingRecord[] = [];
  answer: Answerer;
  config: ProducerConfig;
  /** Transactions that are to fail from now on. */
  failing = 0;
  readonly #folder = mkdtempSync(join(tmpdir(), 'tributary-feed-'));

  constructor(http: Record<string, unknown>, answer: Answerer, rest: Record<string, unknown> = {}) {
    this.answer = answer;
    this.config = configOf(http, rest);
    mkdirSync(join(this.#folder, 'api'));
    writeFileSync(join(this.#folder, 'api', 'key'), KEY);
  }

  /** The same feed after its spec has changed. */
  reconfigure(http: Record<string, unknown>, rest: Record<string, unknown> = {}): void {
    this.config = configOf(http, rest);
  }

  /** A poller as a new process would have it: it knows what is in `.state`. */
  async open(more: Partial<PollerOptions> = {}): Promise<Poller> {
    const { config, secrets, clock } = this;
    const source = compileSource(
      config.source,
      new SecretFolder(this.#folder, secrets),
      resolveColumns(config),
    );
    const logger = createLogger({ component: 'test', registry: secrets, write: () => undefined });
    const kafka = this.#kafka();
    const publisher = kafka.openPublisher({ transactionalId: 'test' });
    const fetch = (request: HttpRequest, signal: AbortSignal) => this.#fetch(request, signal);
    const fetchBytes = async (request: HttpRequest, signal: AbortSignal): Promise<AnswerBytes> => {
      const { body, status = 200, ...rest } = await fetch(request, signal);
      return { ...rest, status, bytes: Buffer.from(body) };
    };
    const fetcher = { fetch, fetchBytes };
    const poller = new Poller({
      config,
      source,
      fetcher: fetcher as unknown as HttpFetcher,
      kafka,
      publisher,
      secrets,
      logger,
      clock,
      ...more,
    });
    await poller.open(new AbortController().signal);
    return poller;
  }

  /** Of one topic, what is committed: keys and values. */
  read(topic: 'records' | 'state' | 'deadLetters'): { key: string | null; value: string | null }[] {
    const { kafka } = this.config;
    const names = { records: kafka.topic, state: kafka.stateTopic, deadLetters: kafka.deadLetterTopic };
    return this.committed
      .filter((record) => record.topic === names[topic])
      .map(({ key, value }) => ({ key, value }));
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #fetch(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    signal.throwIfAborted();
    this.requests.push(request);
    const { body = [], headers = {}, ...rest } = await this.answer(request, signal);
    return { ...rest, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
  }

  #kafka(): Kafka {
    const records = this.committed;
    let usable = true;
    const publish = async (outgoing: Iterable<OutgoingRecord>): Promise<void> => {
      await Promise.resolve();
      if (this.failing > 0) {
        this.failing -= 1;
        usable = false;
      }
      if (!usable) throw new PublishFailedError('notCommitted', 'the broker is gone');
      // As the broker would: what they are made of is given back once they are committed.
      for (const { topic, key, value } of outgoing) records.push({ topic, key, value });
    };
    const open = async (): Promise<void> => {
      await Promise.resolve();
      usable = true;
    };
    return {
      openPublisher: () => ({ open, publish, close: () => Promise.resolve() }),
      async *readToEnd({ topic }: { topic: string }) {
        await Promise.resolve();
        for (const { topic: of, key, value } of records)
          if (of === topic)
            yield {
              key: key === null ? null : Buffer.from(key),
              value: value === null ? null : Buffer.from(value),
            };
      },
    } as unknown as Kafka;
  }
}

function configOf(http: Record<string, unknown>, rest: Record<string, unknown>): ProducerConfig {
  const topics = topicNames('test.feed');
  return producerConfig().parse({
    feed: { namespace: 'test', name: 'feed', uid: 'uid' },
    kafka: {
      bootstrapServers: ['127.0.0.1:1'],
      tls: 'none',
      topic: topics.records,
      stateTopic: topics.state,
      deadLetterTopic: topics.deadLetters,
      partitions: 1,
      transactionalId: topics.records,
    },
    source: { http: { request: { url: `${HOST}/events` }, ...http } },
    schedule: { every: '1m' },
    columns: [
      { name: 'id', role: 'key', type: 'string' },
      { name: 'time', role: 'time', type: 'timestamp' },
    ],
    snapshot: false,
    dedupe: {},
    ...rest,
  });
}
