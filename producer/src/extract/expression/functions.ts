import { LIST_FUNCTIONS } from './list-functions.ts';
import { PATTERN_FUNCTIONS } from './pattern-functions.ts';
import { RESHAPE_FUNCTIONS } from './reshape-functions.ts';
import { TEXT_FUNCTIONS } from './text-functions.ts';
import type { FunctionTable } from './function.ts';

/** All that expressions may call: JMESPath's own functions, and those that turn other shapes into records. */
export const FUNCTIONS: FunctionTable = new Map([
  ...LIST_FUNCTIONS,
  ...TEXT_FUNCTIONS,
  ...PATTERN_FUNCTIONS,
  ...RESHAPE_FUNCTIONS,
]);
