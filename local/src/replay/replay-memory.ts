import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';

const memorySchema = z.object({
  /** How much of the live part has passed, from 0 to 1. */
  passed: z.number().default(0),
  /** Whatever was shown that a later look at the same data set would not show again. */
  shown: z.array(z.string()).default([]),
});

export type Memory = z.output<typeof memorySchema>;

/**
 * How far each replay has come, kept in the work folder: a second start goes on there, so that no revision happens twice
 * and the counts of both starts add up. A file that cannot be read is a replay that begins anew.
 */
export class ReplayMemory {
  readonly #path: string;
  readonly #feeds: Record<string, Memory>;

  constructor(path: string) {
    this.#path = path;
    this.#feeds = load(path);
  }

  /** Of one feed; what is changed in it is kept by `save`. */
  of(feed: string): Memory {
    return (this.#feeds[feed] ??= { passed: 0, shown: [] });
  }

  save(): void {
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    const aside = `${this.#path}.new`;
    writeFileSync(aside, JSON.stringify(this.#feeds));
    renameSync(aside, this.#path);
  }
}

function load(path: string): Record<string, Memory> {
  try {
    return z.record(z.string(), memorySchema).parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return {};
  }
}
