import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, waitUntil } from '@tributary/local/testing';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

/** The operator as its image runs it, with what the chart would tell it. */
export interface OperatorProcess {
  child: ChildProcess;
  url: string;
  output(): string;
  /** Waits until `/readyz` says yes. */
  ready(): Promise<void>;
  /** Whether it leads, by `/status`. */
  leads(): Promise<boolean>;
  /** Its exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

export interface OperatorProcesses {
  start(change?: Record<string, string>): Promise<OperatorProcess>;
  /** Kills those that still run. */
  killAll(): Promise<void>;
  /** Removes their folder. */
  close(): Promise<void>;
}

/** What the chart would tell an operator that listens on `port` of loopback. */
export function operatorEnv(of: {
  kubeconfigPath: string;
  port: number;
  notebooks: string;
}): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    KUBECONFIG: of.kubeconfigPath,
    TRIBUTARY_WATCH_NAMESPACES: '',
    TRIBUTARY_PRODUCER_IMAGE: 'tributary/producer:test',
    TRIBUTARY_CONSUMER_IMAGE: 'tributary/consumer:test',
    TRIBUTARY_BIND_ADDRESS: '127.0.0.1',
    TRIBUTARY_PORT: String(of.port),
    TRIBUTARY_NAMESPACE: 'tributary-system',
    TRIBUTARY_POD_NAME: 'operator-0',
    TRIBUTARY_NOTEBOOKS_DIR: of.notebooks,
  };
}

/** The analyses that feeds of tests and benches name. */
export async function writeNotebooks(folder: string): Promise<void> {
  await mkdir(join(folder, 'tributary'), { recursive: true });
  for (const name of ['overview', 'forecast'])
    await writeFile(join(folder, `${name}.py`), '# Databricks notebook source\n');
}

/** `main`: what is run. @default the source; a bundle is what an image holds */
export async function operatorProcesses(kubeconfigPath: string, main = MAIN): Promise<OperatorProcesses> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-operator-'));
  await writeNotebooks(folder);
  const running = new Set<OperatorProcess>();
  return {
    async start(change = {}) {
      const port = await freePort();
      const child = spawn(process.execPath, [main], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...operatorEnv({ kubeconfigPath, port, notebooks: folder }), ...change },
      });
      const started = observe(child, `http://127.0.0.1:${port}`, () => running.delete(started));
      running.add(started);
      return started;
    },
    async killAll() {
      for (const each of [...running]) await each.end('SIGKILL');
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

function observe(child: ChildProcess, url: string, ended: () => void): OperatorProcess {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += String(chunk)));
  return {
    child,
    url,
    output: () => output,
    async ready() {
      try {
        await waitUntil(async () => (await statusCode(`${url}/readyz`)) === 200, {
          what: 'the operator is ready',
          timeoutMs: 30_000,
        });
      } catch (error) {
        throw new Error(`the operator is not ready; it said: ${output}`, { cause: error });
      }
    },
    async leads() {
      const status = (await (await fetch(`${url}/status`)).json()) as { leading?: boolean };
      return status.leading === true;
    },
    async end(signal) {
      ended();
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const exited = once(child, 'exit');
      child.kill(signal);
      await exited;
      return child.exitCode;
    },
  };
}

/** 0 while nobody listens. */
export async function statusCode(url: string): Promise<number> {
  try {
    return (await fetch(url)).status;
  } catch {
    return 0;
  }
}
