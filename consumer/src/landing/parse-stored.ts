import type { z } from 'zod';

/** What a JSON file of the volume holds; undefined where it is gone or not as it should be, for the caller to say with its path. */
export function parseStored<T>(type: z.ZodType<T>, bytes: Buffer | undefined): T | undefined {
  let value: unknown;
  try {
    value = JSON.parse(bytes?.toString('utf8') ?? 'null');
  } catch {
    return undefined;
  }
  const parsed = type.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}
