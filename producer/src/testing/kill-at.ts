/** Loaded before the producer: ends it, as a power cut would, when it has come to a step for the n-th time. */
import { subscribe } from 'node:diagnostics_channel';

const [step = '', times = '1'] = (process.env['TRIBUTARY_KILL_AT'] ?? '').split(':');
let left = Number(times);
for (const name of ['tributary.poll', 'tributary.transaction'])
  subscribe(name, (reached) => {
    if (reached !== step) return;
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
  });
