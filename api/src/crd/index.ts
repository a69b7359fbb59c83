export { customResourceDefinitions } from './kinds.ts';
export type { Json, JsonObject } from './structural.ts';
