import { inspect } from 'node:util';

/** A credential that cannot be logged, serialised or concatenated by accident. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}

/** Replaces every known secret in a text that is about to leave as an error: servers do echo credentials. */
export function redactor(secrets: () => Iterable<Secret>): (text: string) => string {
  return (text) => {
    let clean = text;
    for (const secret of secrets()) {
      const value = secret.reveal();
      if (value.length >= 4) clean = clean.replaceAll(value, '[secret]');
    }
    return clean;
  };
}
