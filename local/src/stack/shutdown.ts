/** Ends parts in the reverse order of their start; one that fails to end does not keep the others. */
export class Shutdown {
  readonly #parts: { name: string; stop: () => Promise<void> | void }[] = [];
  #running: Promise<void> | undefined;

  add(name: string, stop: () => Promise<void> | void): void {
    this.#parts.push({ name, stop });
  }

  /** Runs once; a second call waits for the first. Rejects with every failure at the end. */
  run(): Promise<void> {
    this.#running ??= this.#run();
    return this.#running;
  }

  async #run(): Promise<void> {
    const failures: unknown[] = [];
    for (const { name, stop } of this.#parts.reverse()) {
      try {
        await stop();
      } catch (error) {
        failures.push(new Error(`${name} did not stop cleanly`, { cause: error }));
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'some parts did not stop cleanly');
  }
}
