import { readFile } from 'node:fs/promises';
import { text as readStream } from 'node:stream/consumers';
import { Option, type Command } from 'commander';
import { CliError, EXIT } from '../output/cli-error.ts';
import type { Terminal } from '../output/terminal.ts';
import type { ClusterFlags } from '../status/kubectl.ts';
import { judgeQuotas } from './judge-quotas.ts';
import { readStanding } from './standing.ts';
import { validateText, type FileProblem, type FileVerdict } from './validate-file.ts';

const EXAMPLES = `
Examples:
  $ tributary validate -f feed.yaml
  $ tributary validate -f feeds/a.yaml -f feeds/b.yaml --json
  $ helm template . | tributary validate -f -
  $ tributary validate -f feed.yaml --cluster

Exit code: 0 every StreamSource is right, 1 something is wrong, 2 a file or the cluster could not be read.`;

interface ValidateFlags extends ClusterFlags {
  readonly filename: readonly string[];
  readonly cluster?: boolean;
  readonly json?: boolean;
}

export function addValidate(
  program: Command,
  terminal: Terminal,
  signal: AbortSignal,
  exit: (code: number) => void,
): void {
  program
    .command('validate')
    .description(
      'Check StreamSources and APIQuotas as the API server and the operator would, without either.',
    )
    .requiredOption('-f, --filename <file...>', 'YAML file, - for standard input')
    .option('--cluster', 'share quotas with the feeds of the cluster, and say which of them would stall')
    .addOption(
      new Option('--kubeconfig <file>', 'as for kubectl; means --cluster').implies({ cluster: true }),
    )
    .addOption(new Option('--context <name>', 'as for kubectl; means --cluster').implies({ cluster: true }))
    .option('--json', 'write the verdicts as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async ({ filename, json, cluster, ...flags }: ValidateFlags) => {
      const files = [];
      for (const file of filename) files.push(validateText(file, await read(file)));
      const parts = files.flatMap(({ quotas, claims }) => [...quotas, ...claims]);
      const namespaces = parts.map(({ namespace }) => namespace);
      const standing = cluster === true ? await readStanding(namespaces, flags, signal) : undefined;
      const verdicts = judgeQuotas(files, standing);
      const problems = verdicts.flatMap((verdict) => verdict.problems);
      const found = problems.length + verdicts.reduce((sum, { valid }) => sum + valid.length, 0);
      if (json === true) terminal.out(JSON.stringify(verdicts, undefined, 2));
      else verdicts.forEach((verdict) => show(verdict, terminal));
      if (found === 0) {
        throw new CliError(
          'NothingToValidate',
          'there is no StreamSource in what was given',
          'name a file that holds documents of kind StreamSource',
        );
      }
      exit(problems.length === 0 ? EXIT.ok : EXIT.findings);
    });
}

async function read(file: string): Promise<string> {
  try {
    return file === '-' ? await readStream(process.stdin) : await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError('FileUnreadable', `${file} cannot be read (${code})`, 'check the path', {
      cause: error,
    });
  }
}

function show({ file, valid, skipped, problems }: FileVerdict, terminal: Terminal): void {
  const { green, dim } = terminal.colours;
  for (const resource of valid) terminal.out(`${green('ok')}    ${file}: ${resource}`);
  for (const what of skipped) terminal.out(dim(`skip  ${file}: ${what}`));
  for (const problem of problems) showProblem(problem, terminal);
}

function showProblem(
  { file, line, column, resource, field, message, remedy, code }: FileProblem,
  terminal: Terminal,
): void {
  const { red, bold, dim } = terminal.colours;
  terminal.out(
    `${red('wrong')} ${bold(`${file}:${line}:${column}`)} ${resource} ${field}: ${message} ${dim(`(${code})`)}`,
  );
  terminal.out(`      ${remedy}`);
}
