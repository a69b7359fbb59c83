import { z } from 'zod';

/** When a feed may send requests: in each `everyMs` of the clock, `lengthMs` beginning at `offsetMs`. */
export const phase = () =>
  z.strictObject({
    everyMs: z.int().min(1),
    offsetMs: z.int().min(0),
    lengthMs: z.int().min(1),
  });

export type Phase = z.output<ReturnType<typeof phase>>;

/** Milliseconds until `now` lies in the phase; 0 while it does. */
export function msToPhase({ everyMs, offsetMs, lengthMs }: Phase, now: number): number {
  const since = (((now - offsetMs) % everyMs) + everyMs) % everyMs;
  return since < lengthMs ? 0 : everyMs - since;
}
