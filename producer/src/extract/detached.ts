/** The same text, which does not keep the body in memory that it was cut from: it outlives its page. */
export function detached(text: string): string {
  return Buffer.from(text).toString();
}
