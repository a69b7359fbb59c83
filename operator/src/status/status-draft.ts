import { CONDITION_TYPES, type Condition, type ConditionType, type StreamSourceStatus } from '@tributary/api';

const MAX_MESSAGE = 1_024;
const ORDER = new Map<string, number>(CONDITION_TYPES.map((type, index) => [type, index]));

type Lineage = Omit<StreamSourceStatus, 'conditions' | 'observedGeneration'>;

/**
 * The status that one reconcile arrives at. It begins as what was written last, so that a part which was not reached keeps
 * what is known of it; `lastTransitionTime` moves only with `status`.
 */
export class StatusDraft {
  readonly #generation: number;
  readonly #now: () => number;
  readonly #before: StreamSourceStatus;
  readonly #conditions: Map<string, Condition>;
  #lineage: Lineage;

  constructor(before: StreamSourceStatus | undefined, generation: number, now: () => number) {
    this.#before = before ?? {};
    this.#generation = generation;
    this.#now = now;
    const { conditions = [], observedGeneration: _, ...lineage } = this.#before;
    this.#conditions = new Map(conditions.map((each) => [each.type, each]));
    this.#lineage = lineage;
  }

  get lineage(): Readonly<Lineage> {
    return this.#lineage;
  }

  get(type: ConditionType): Condition | undefined {
    return this.#conditions.get(type);
  }

  set(type: ConditionType, status: Condition['status'], reason: string, message: string): void {
    const before = this.#before.conditions?.find((each) => each.type === type);
    this.#conditions.set(type, {
      type,
      status,
      observedGeneration: this.#generation,
      lastTransitionTime:
        before?.status === status
          ? before.lastTransitionTime
          : new Date(this.#now()).toISOString().replace(/\.\d{3}Z$/, 'Z'),
      reason,
      message: message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE - 1)}…` : message,
    });
  }

  remove(type: ConditionType): void {
    this.#conditions.delete(type);
  }

  /** Replaces the named parts; undefined removes one. */
  report(parts: { [K in keyof Lineage]?: Lineage[K] | undefined }): void {
    this.#lineage = withoutUndefined({ ...this.#lineage, ...parts });
  }

  build(): StreamSourceStatus {
    const conditions = [...this.#conditions.values()].toSorted(
      (a, b) => (ORDER.get(a.type) ?? ORDER.size) - (ORDER.get(b.type) ?? ORDER.size),
    );
    return { observedGeneration: this.#generation, conditions, ...this.#lineage };
  }
}

/** Without members that are undefined, also one level down: what JSON would drop must not look like a change. */
function withoutUndefined<T extends object>(parts: T): T {
  const entries = Object.entries(parts).flatMap(([name, value]: [string, unknown]) => {
    if (value === undefined) return [];
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[name, value]];
    return [[name, Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined))]];
  });
  return Object.fromEntries(entries) as T;
}
