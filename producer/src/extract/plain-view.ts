import { isExactNumber, isObject, type ExactJson, type ExactNumber } from './exact-json.ts';

/** A value that JMESPath can compute with. */
export type PlainJson = string | number | boolean | null | PlainJson[] | { [name: string]: PlainJson };

/** A number of the body cannot be told apart from another that is written differently. */
export class AmbiguousNumberError extends Error {
  override readonly name = 'AmbiguousNumberError';
  readonly code = 'AmbiguousNumber';
}

/**
 * A body with ordinary numbers, so that an expression can compare them, and the way back to the exact one, so that no
 * digit is lost (Delivery 7). Objects have no prototype: an expression reaches own members only.
 */
export class PlainView {
  readonly root: PlainJson;
  readonly #exact = new Map<object, ExactJson>();
  /** Text of each number of the body; null where several texts make the same number. */
  readonly #texts = new Map<number, string | null>();

  constructor(body: ExactJson) {
    this.root = this.#plain(body);
  }

  /** The exact value of what an expression has chosen from `root`, or built of parts of it. */
  exact(chosen: PlainJson): ExactJson {
    if (typeof chosen === 'number') return this.#exactNumber(chosen);
    if (chosen === null || typeof chosen !== 'object') return chosen;
    const original = this.#exact.get(chosen);
    if (original !== undefined) return original;
    if (Array.isArray(chosen)) return chosen.map((item) => this.exact(item));
    return Object.fromEntries(Object.entries(chosen).map(([name, member]) => [name, this.exact(member)]));
  }

  #plain(value: ExactJson): PlainJson {
    if (isExactNumber(value)) return this.#number(value.rawJSON);
    if (Array.isArray(value)) {
      const items = value.map((item) => this.#plain(item));
      this.#exact.set(items, value);
      return items;
    }
    if (!isObject(value)) return value as string | boolean | null;
    const copy = Object.create(null) as { [name: string]: PlainJson };
    for (const [name, member] of Object.entries(value)) copy[name] = this.#plain(member);
    this.#exact.set(copy, value);
    return copy;
  }

  #number(text: string): number {
    const number = Number(text);
    const known = this.#texts.get(number);
    this.#texts.set(number, known === undefined || known === text ? text : null);
    return number;
  }

  #exactNumber(value: number): ExactNumber {
    const text = this.#texts.get(value);
    if (text === null) {
      throw new AmbiguousNumberError(
        `${value} is written in several ways in the body, and the expression does not tell which it took; select whole objects and let columns take their parts`,
      );
    }
    return JSON.rawJSON(text ?? JSON.stringify(value));
  }
}
