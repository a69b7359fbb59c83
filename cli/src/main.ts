#!/usr/bin/env node
import { runCli } from './run-cli.ts';
import { processTerminal } from './output/terminal.ts';

const abort = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => abort.abort(new Error(`received ${signal}`)));
}
process.exitCode = await runCli(process.argv, processTerminal(), abort.signal);
