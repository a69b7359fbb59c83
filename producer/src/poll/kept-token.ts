import type { TransactionalPublisher } from '@tributary/kafka';
import { stateRecord, type FeedState } from '../dedupe/feed-state.ts';

/** The refresh token that replaced the one of the Secret, sealed, in `.state`. */
export class KeptToken {
  readonly #publisher: TransactionalPublisher;
  readonly #stateTopic: string;
  readonly #state: () => FeedState;
  /** Until it is committed: the one in `.state` is used up. */
  #unsaved: string | undefined;

  /** `state` throws where it has not been read. */
  constructor(publisher: TransactionalPublisher, stateTopic: string, state: () => FeedState) {
    this.#publisher = publisher;
    this.#stateTopic = stateTopic;
    this.#state = state;
  }

  read(): string | undefined {
    return this.#unsaved ?? this.#state().token;
  }

  async write(sealed: string): Promise<void> {
    this.#unsaved = sealed;
    await this.#publisher.publish([stateRecord.token(this.#stateTopic, sealed)]);
    this.#state().token = sealed;
    if (this.#unsaved === sealed) this.#unsaved = undefined;
  }

  /** What could not be committed before. */
  async save(): Promise<void> {
    if (this.#unsaved !== undefined) await this.write(this.#unsaved);
  }
}
