import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const CHART = join(import.meta.dirname, '..', '..', '..', 'charts', 'tributary');
const PERCENTAGE = /--max-old-space-size-percentage=(\d+)/;

/** The operator's memory limit in the chart, in MiB. */
export function chartMemoryMi(): number {
  const values = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')) as {
    resources: { limits: { memory: string } };
  };
  const [, mi] = /^(\d+)Mi$/.exec(values.resources.limits.memory) ?? [];
  if (mi === undefined) throw new Error('the memory limit of the chart is not in Mi');
  return Number(mi);
}

/**
 * What the chart sets for the memory of its container, as it acts there: outside of one, Node would take the percentage of the
 * machine.
 */
export function chartMemoryEnv(): Record<string, string> {
  const template = readFileSync(join(CHART, 'templates', 'deployment.yaml'), 'utf8');
  const set = [...template.matchAll(/name: (NODE_OPTIONS|MALLOC_\w+)\s+value: "?([^"\n]+)/g)];
  const env = Object.fromEntries(set.map(([, name = '', value = '']) => [name, value]));
  const { NODE_OPTIONS: options } = env;
  if (options === undefined) throw new Error('the chart sets no NODE_OPTIONS');
  const inContainer = options.replace(
    PERCENTAGE,
    (_, percent: string) => `--max-old-space-size=${Math.floor((chartMemoryMi() * Number(percent)) / 100)}`,
  );
  return { ...env, NODE_OPTIONS: inContainer };
}
