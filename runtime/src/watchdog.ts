/**
 * Tells whether the loops of a process still turn. Each loop reports its progress; one that has been silent for longer than
 * it said it would be makes the process unhealthy, and Kubernetes restarts it.
 */
export class Watchdog {
  readonly #now: () => number;
  readonly #deadlines = new Map<string, number>();

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** `loop` is alive and will report again within `withinMs`. */
  progress(loop: string, withinMs: number): void {
    this.#deadlines.set(loop, this.#now() + withinMs);
  }

  /** `loop` has ended as it should. */
  done(loop: string): void {
    this.#deadlines.delete(loop);
  }

  /** Loops that are overdue. */
  stuck(): string[] {
    const now = this.#now();
    return [...this.#deadlines].filter(([, deadline]) => deadline < now).map(([loop]) => loop);
  }
}
