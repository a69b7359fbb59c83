import type { TopicRecord } from '../encode/topic-record.ts';
import type { TopicView } from './topic-view.ts';

/** Walks the committed records of a partition beside the rows that have landed, one record in memory. */
export class TopicCursor {
  readonly #records: AsyncIterator<TopicRecord>;
  #current: TopicRecord | undefined;
  #started = false;

  constructor(view: TopicView, partition: number, from: bigint, to: bigint, signal?: AbortSignal) {
    this.#records = view.read(partition, from, to, signal)[Symbol.asyncIterator]();
  }

  /** The record that no row has answered yet; undefined at the end. */
  async peek(): Promise<TopicRecord | undefined> {
    if (!this.#started) await this.next();
    return this.#current;
  }

  async next(): Promise<void> {
    this.#started = true;
    const step = await this.#records.next();
    this.#current = step.done === true ? undefined : step.value;
  }

  async close(): Promise<void> {
    await this.#records.return?.();
  }
}
