import type { MeasuredProcess } from '../measure/measured-process.ts';
import { verdicts } from '../measure/targets.ts';

/** A pod's process, and how to ask it. */
export interface Pod {
  readonly process: MeasuredProcess;
  /** Undefined until it answers. */
  get(path: string): Promise<{ readonly status: number } | undefined>;
}

interface Idle {
  rssMb: number;
  /** Of it, what all pods of a node have together: the pages of Node's own file. */
  filesMb: number;
  /** Of one core. */
  cpuShare: number;
  /** From its start until it is connected and knows where to go on. */
  readySeconds: number;
}

/** Of the design. */
const MOST_RSS_MB = 70;
const MOST_CPU_PERCENT = 0.5;
/** It has given back by then what its start left behind. */
const SETTLED_AFTER_MS = 15_000;
const WATCHED_MS = 20_000;
/** Far below what its readiness is measured in. */
const LOOK_EVERY_MS = 5;

/** A pod with nothing left to do: after what its first start found, and when it is started again and finds nothing. */
export async function measureIdle<P extends Pod>(
  start: () => Promise<P>,
  isDone: (pod: P) => Promise<boolean>,
  signal: AbortSignal,
  readyWithinSeconds?: number,
): Promise<string> {
  const lines: string[] = [];
  for (const when of ['after its first work', 'started again']) {
    const pod = await start();
    try {
      const readySeconds = await ready(pod, signal);
      await pod.process.until(() => isDone(pod), 30_000, signal);
      const idle = { ...(await watch(pod)), readySeconds };
      lines.push(`  ${when}: ${told(idle)}`, verdictsOf(idle, readyWithinSeconds));
    } finally {
      await pod.process.stop();
    }
  }
  return lines.join('\n');
}

async function watch({ process }: Pod): Promise<Omit<Idle, 'readySeconds'>> {
  await new Promise((resolve) => setTimeout(resolve, SETTLED_AFTER_MS));
  const before = process.usage().cpuSeconds;
  await new Promise((resolve) => setTimeout(resolve, WATCHED_MS));
  const { cpuSeconds, rssMb, filesMb } = process.usage();
  return { rssMb, filesMb, cpuShare: ((cpuSeconds - before) * 1_000) / WATCHED_MS };
}

function told({ rssMb, filesMb, cpuShare, readySeconds }: Idle): string {
  return `${rssMb.toFixed(1)} MB RSS (${filesMb.toFixed(1)} MB of files), ${(cpuShare * 100).toFixed(2)} % of a core, ready in ${readySeconds.toFixed(2)} s`;
}

function verdictsOf({ rssMb, cpuShare, readySeconds }: Idle, readyWithinSeconds?: number): string {
  return verdicts([
    { name: 'RSS', value: rssMb, below: MOST_RSS_MB, unit: ' MB' },
    { name: 'of a core', value: cpuShare * 100, below: MOST_CPU_PERCENT, unit: ' %' },
    ...(readyWithinSeconds === undefined
      ? []
      : [{ name: 'ready', value: readySeconds, below: readyWithinSeconds, unit: ' s' }]),
  ]);
}

async function ready(pod: Pod, signal: AbortSignal): Promise<number> {
  const isReady = async (): Promise<boolean> => (await pod.get('/readyz'))?.status === 200;
  await pod.process.until(isReady, 30_000, signal, LOOK_EVERY_MS);
  return pod.process.seconds;
}
