import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildBundles, bundlePath } from '../../../scripts/bundles.ts';
import { freePort } from '@tributary/local/testing';
import { chartMemoryEnv } from '../../../operator/src/testing/chart-memory.ts';
import { operatorEnv, writeNotebooks } from '../../../operator/src/testing/operator-process.ts';
import { MeasuredProcess } from '../measure/measured-process.ts';
import { AT_ONCE, FEEDS, ROUNDS } from './load.ts';
import type { PlanTemplate } from './plan-template.ts';

/** An operator as a process: it is started, and tells by its metrics how often it has reconciled. */
export interface Contender {
  readonly name: string;
  start(kubeconfigPath: string): Promise<Running>;
}

export interface Running {
  readonly name: string;
  readonly process: MeasuredProcess;
  /** Reconciles that were tried since it was started; undefined until it answers. */
  reconciles(): Promise<number | undefined>;
}

/** Our operator as its image runs it, under the memory that the chart gives it. */
export async function ourOperator(folder: string): Promise<Contender> {
  await buildBundles(['operator']);
  const notebooks = join(folder, 'notebooks');
  await writeNotebooks(notebooks);
  const name = 'tributary';
  return {
    name,
    async start(kubeconfigPath) {
      const port = await freePort();
      const process_ = new MeasuredProcess(process.execPath, [bundlePath('operator')], {
        ...operatorEnv({ kubeconfigPath, port, notebooks }),
        ...chartMemoryEnv(),
        TRIBUTARY_LEADER_ELECTION: 'false',
      });
      return { name, process: process_, reconciles: () => reconcilesAt(port) };
    },
  };
}

/** The Go program under `bench/peers/controller-runtime`. */
export async function controllerRuntime(
  program: string,
  folder: string,
  template: PlanTemplate,
): Promise<Contender> {
  const plan = join(folder, 'plan.json');
  await writeFile(plan, JSON.stringify(template));
  const name = 'controller-runtime';
  return {
    name,
    async start(kubeconfigPath) {
      const port = await freePort();
      const options = { 'kubeconfig-file': kubeconfigPath, plan, metrics: `127.0.0.1:${port}` };
      const process_ = new MeasuredProcess(
        program,
        [...Object.entries(options).map(([name, value]) => `-${name}=${value}`), `-concurrency=${AT_ONCE}`],
        { PATH: process.env['PATH'], HOME: folder },
      );
      return { name, process: process_, reconciles: () => reconcilesAt(port) };
    },
  };
}

/** Says `ready`, and after each SIGUSR2 how many feeds it has `made`. */
export async function startBareLoop(
  folder: string,
  kubeconfigPath: string,
  namespace: string,
  template: PlanTemplate,
): Promise<MeasuredProcess> {
  const plan = join(folder, 'plan.json');
  await writeFile(plan, JSON.stringify(template));
  const main = join(import.meta.dirname, 'bare-loop.ts');
  return new MeasuredProcess(process.execPath, [main, kubeconfigPath, plan, namespace], {
    PATH: process.env['PATH'],
    BENCH_FEEDS: String(FEEDS),
    BENCH_ROUNDS: String(ROUNDS),
  });
}

async function reconcilesAt(port: number): Promise<number | undefined> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
  if (answer === undefined) return undefined;
  const counts = (await answer.text()).matchAll(
    /^controller_runtime_reconcile_total\{controller="streamsource".*\} (\S+)/gm,
  );
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}
