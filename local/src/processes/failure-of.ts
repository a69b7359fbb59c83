import { exitError } from './supervisor.ts';
import type { ManagedProcess } from './supervisor.ts';

/** Resolves with the error of the first process that ends without having been told to; otherwise never. */
export function failureOf(processes: readonly ManagedProcess[]): Promise<Error> {
  return new Promise((resolve, reject) => {
    for (const each of processes) {
      void each.exited
        .then(async () => (each.stopping ? undefined : resolve(await exitError(each))))
        .catch(reject);
    }
  });
}
