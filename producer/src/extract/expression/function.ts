import {
  isExactNumber,
  isObject,
  type ExactJson,
  type ExactNumber,
  type ExactObject,
} from '../exact-json.ts';
import { ExpressionError, typeName } from './value.ts';

/** An &expression handed to a function. */
export type Reference = (item: ExactJson) => ExactJson;
export type Argument = ExactJson | Reference;

/** A function that expressions may call. */
export interface ExpressionFunction {
  /** How it is written, shown when it is written otherwise. */
  readonly usage: string;
  /** Fewest and most arguments. */
  readonly arity: readonly [least: number, most: number];
  /** Which arguments are &expressions. */
  readonly references: readonly number[];
  call(args: readonly Argument[]): ExactJson;
  /** Throws an ExpressionError for arguments that are written in the expression and can never be right. */
  check?: ((written: readonly (ExactJson | undefined)[]) => void) | undefined;
}

export type FunctionTable = ReadonlyMap<string, ExpressionFunction>;

/** Typed access to the arguments of one call; a wrong type is an ExpressionError that says what came instead. */
export class Arguments {
  readonly #name: string;
  readonly #args: readonly Argument[];

  constructor(name: string, args: readonly Argument[]) {
    this.#name = name;
    this.#args = args;
  }

  get length(): number {
    return this.#args.length;
  }

  any(index: number): ExactJson {
    const arg = this.#args[index];
    return typeof arg === 'function' ? null : (arg ?? null);
  }

  /** `whenAbsent` stands for an argument that was not given. */
  text(index: number, whenAbsent?: string): string {
    if (index >= this.length && whenAbsent !== undefined) return whenAbsent;
    const arg = this.any(index);
    return typeof arg === 'string' ? arg : this.#refuse(index, 'string');
  }

  number(index: number): ExactNumber {
    const arg = this.any(index);
    return isExactNumber(arg) ? arg : this.#refuse(index, 'number');
  }

  list(index: number): ExactJson[] {
    const arg = this.any(index);
    return Array.isArray(arg) ? arg : this.#refuse(index, 'array');
  }

  object(index: number): ExactObject {
    const arg = this.any(index);
    return isObject(arg) ? arg : this.#refuse(index, 'object');
  }

  /** A list of texts, or one text. */
  names(index: number): string[] {
    const arg = this.any(index);
    const list = Array.isArray(arg) ? arg : [arg];
    return list.every((item) => typeof item === 'string')
      ? list
      : this.#refuse(index, 'name or list of names');
  }

  reference(index: number): Reference {
    const arg = this.#args[index];
    return typeof arg === 'function' ? arg : this.#refuse(index, '&expression');
  }

  #refuse(index: number, wanted: string): never {
    throw new ExpressionError(
      `argument ${index + 1} of ${this.#name}() must be ${/^[aeo]/.test(wanted) ? 'an' : 'a'} ${wanted}, and is ${typeName(this.any(index))}`,
    );
  }
}

/** A function from how it is written: `join(glue, list)`, `pick(object, name, …)`, `sort_by(list, &expression)`, `split(text, by, [most])`. */
export function defineFunction(
  usage: string,
  call: (args: Arguments) => ExactJson,
  check?: ExpressionFunction['check'],
): [string, ExpressionFunction] {
  const [, name = '', list = ''] = /^(\w+)\((.*)\)$/.exec(usage) ?? [];
  const parameters = list === '' ? [] : list.split(', ');
  const required = parameters.filter((parameter) => parameter !== '…' && !parameter.startsWith('['));
  return [
    name,
    {
      usage,
      arity: [required.length, parameters.includes('…') ? Infinity : parameters.length],
      references: parameters.flatMap((parameter, index) => (parameter.startsWith('&') ? [index] : [])),
      call: (args) => call(new Arguments(name, args)),
      check,
    },
  ];
}
