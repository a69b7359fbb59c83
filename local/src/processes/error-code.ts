/**
 * Whether a system call failed with that code. By shape, not by class: under jest, errors of Node's own
 * modules are not instances of the test's `Error`.
 */
export function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}

/** What went wrong, in words, whatever was thrown. */
export function messageOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message);
  return String(error);
}
