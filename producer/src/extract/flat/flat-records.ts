import type { ExactJson } from '../exact-json.ts';
import { parseExactJsonAt } from '../parse-exact-json.ts';

/** How the members of a record are named, as it was written: records of one page mostly share it. */
export interface Layout {
  readonly names: readonly string[];
  /** What stands before each value, from the brace or the comma on: `{"id":` and `,"time":`. */
  readonly tokens: readonly string[];
}

/** Raw records of a page, in their order. */
export type RawRecords = readonly ExactJson[] | FlatRecords;

/** Depth of a record in the list that it stands in. */
const DEPTH_IN_LIST = 1;

/**
 * Records of a page as they lie in its text: of the simple ones only where their values stand, so that a page of thousands is
 * not a tree of objects that outlives a collection of garbage. Iterating makes the trees, one after the other.
 */
export class FlatRecords {
  readonly text: string;
  /** Begin and end of every value of one record after the other; strings with their quotes. */
  spans = new Int32Array(16_384);
  readonly #layouts: (Layout | undefined)[] = [];
  readonly #spanFrom: number[] = [];
  readonly #begins: number[] = [];
  #used = 0;

  constructor(text: string) {
    this.text = text;
  }

  get length(): number {
    return this.#begins.length;
  }

  /** Undefined for a record that is not simple. */
  layout(index: number): Layout | undefined {
    return this.#layouts[index];
  }

  /** Where the spans of a record begin. */
  spanFrom(index: number): number {
    return this.#spanFrom[index] as number;
  }

  /** The record as a tree. */
  tree(index: number): ExactJson {
    return parseExactJsonAt(this.text, this.#begins[index] as number, DEPTH_IN_LIST).value;
  }

  *[Symbol.iterator](): Generator<ExactJson> {
    for (let index = 0; index < this.length; index += 1) yield this.tree(index);
  }

  /** Room for the spans of one more record; the place of the first. */
  reserve(members: number): number {
    const needed = this.#used + 2 * members;
    if (needed > this.spans.length) {
      const larger = new Int32Array(Math.max(needed, this.spans.length * 2));
      larger.set(this.spans);
      this.spans = larger;
    }
    return this.#used;
  }

  /** Adds the record at `begin`; its spans have been written to what was reserved. */
  add(begin: number, layout: Layout | undefined): void {
    this.#begins.push(begin);
    this.#layouts.push(layout);
    this.#spanFrom.push(this.#used);
    if (layout !== undefined) this.#used += 2 * layout.names.length;
  }
}
