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

/** NODE_OPTIONS as they act in the chart's container; outside of one, Node would take the percentage of the machine. */
export function chartNodeOptions(): string {
  const template = readFileSync(join(CHART, 'templates', 'deployment.yaml'), 'utf8');
  const [, options] = /name: NODE_OPTIONS\s+value: (.+)/.exec(template) ?? [];
  if (options === undefined) throw new Error('the chart sets no NODE_OPTIONS');
  return options.replace(
    PERCENTAGE,
    (_, percent: string) => `--max-old-space-size=${Math.floor((chartMemoryMi() * Number(percent)) / 100)}`,
  );
}
