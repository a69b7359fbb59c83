import type { MeasuredProcess } from './measured-process.ts';

/** A pod's process, and how to ask it. */
export interface Pod {
  readonly process: MeasuredProcess;
  /** Undefined until it answers. */
  get(path: string): Promise<{ readonly status: number } | undefined>;
}

interface Idle {
  rssMb: number;
  /** Of one core. */
  cpuShare: number;
  /** From its start until it is connected and knows where to go on. */
  readySeconds: number;
}

const SETTLED_AFTER_MS = 5_000;
const WATCHED_MS = 20_000;

/** A pod with nothing to do; the second start, as the first one warms the compile cache that an image brings along. */
export async function measureIdle(start: () => Promise<Pod>, signal: AbortSignal): Promise<string> {
  const first = await start();
  await ready(first, signal);
  await first.process.stop();
  const pod = await start();
  try {
    const readySeconds = await ready(pod, signal);
    await new Promise((resolve) => setTimeout(resolve, SETTLED_AFTER_MS));
    const before = pod.process.usage().cpuSeconds;
    await new Promise((resolve) => setTimeout(resolve, WATCHED_MS));
    const { cpuSeconds, rssMb } = pod.process.usage();
    const cpuShare = ((cpuSeconds - before) * 1_000) / WATCHED_MS;
    return told({ rssMb, cpuShare, readySeconds });
  } finally {
    await pod.process.stop();
  }
}

function told({ rssMb, cpuShare, readySeconds }: Idle): string {
  return `idle: ${rssMb.toFixed(0)} MB RSS, ${(cpuShare * 100).toFixed(2)} % of a core, ready in ${readySeconds.toFixed(2)} s`;
}

async function ready(pod: Pod, signal: AbortSignal): Promise<number> {
  await pod.process.until(async () => (await pod.get('/readyz'))?.status === 200, 30_000, signal);
  return pod.process.seconds;
}
