export { runCli } from './run-cli.ts';
export type { Terminal } from './output/terminal.ts';
