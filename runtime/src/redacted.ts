/** Stands where a secret stood. */
export const REDACTED = '[redacted]';

/** `text` without the values of `secrets`, which are in order of their length. */
export function redacted(text: string, secrets: readonly string[]): string {
  let result = text;
  // Mostly there is none, and to look for one is several times cheaper than to be about to replace it.
  for (const value of secrets) if (result.includes(value)) result = result.replaceAll(value, REDACTED);
  return result;
}
