/** How much of the disk may be used; reading waits while it is spent, and Kafka keeps the data. */
export class DiskBudget {
  readonly limit: number;
  #used: number;
  #freed = Promise.withResolvers<void>();

  constructor(limit: number, used: number) {
    this.limit = limit;
    this.#used = used;
  }

  get used(): number {
    return this.#used;
  }

  get spent(): boolean {
    return this.#used >= this.limit;
  }

  take(bytes: number): void {
    this.#used += bytes;
  }

  release(bytes: number): void {
    this.#used = Math.max(0, this.#used - bytes);
    this.reconsider();
  }

  /** Whoever waits for room does anew what it can for it: what it waited for will not come. */
  reconsider(): void {
    this.#freed.resolve();
    this.#freed = Promise.withResolvers<void>();
  }

  /**
   * Resolves once there is room; rejects with the signal's reason. `ease` does what it can for it: at first, whenever some
   * was freed that was not enough, and when it is to be reconsidered.
   */
  async room(signal: AbortSignal, ease: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const onAbort = (): void => reject(signal.reason);
    signal.throwIfAborted();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      while (this.spent) {
        const freed = this.#freed.promise;
        await ease();
        await Promise.race([freed, aborted]);
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }
}
