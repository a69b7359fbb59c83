import { Command, CommanderError } from 'commander';
import { addAudit } from './commands/audit.ts';
import { addInit } from './commands/init.ts';
import { addPreview } from './commands/preview.ts';
import { addStatus } from './commands/status.ts';
import { addValidate } from './commands/validate.ts';
import { EXIT } from './output/cli-error.ts';
import { reportFailure } from './output/report-failure.ts';
import type { Terminal } from './output/terminal.ts';

/** Released together with the whole of Tributary. */
const VERSION = '0.1.0';

/** Runs one command line (as in `process.argv`) and resolves to its exit code. */
export async function runCli(
  argv: readonly string[],
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  let code: number = EXIT.ok;
  const program = new Command('tributary')
    .description('Carry API feeds into a lakehouse: tools for users and for CI.')
    .version(VERSION)
    .showHelpAfterError('(run with --help for the options and examples)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
    });
  addAudit(program, terminal, signal, (exitCode) => (code = exitCode));
  addInit(program, terminal, signal, (exitCode) => (code = exitCode));
  addPreview(program, terminal, signal, (exitCode) => (code = exitCode));
  addStatus(program, terminal, signal, (exitCode) => (code = exitCode));
  addValidate(program, terminal, signal, (exitCode) => (code = exitCode));
  try {
    await program.parseAsync(argv);
    return code;
  } catch (error) {
    // Commander has said what it has to say; help and version are no failures.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.failed;
    reportFailure(error, terminal);
    return EXIT.failed;
  }
}
