import { readFile } from 'node:fs/promises';
import type { StreamSourceSpec } from '@tributary/api';
import { previewPages, UpstreamError, type Preview } from '@tributary/producer';
import { SecretFolder, SecretRegistry } from '@tributary/runtime';
import { Option, type Command } from 'commander';
import { CliError, EXIT } from '../output/cli-error.ts';
import { forPeople } from '../output/printable.ts';
import type { Terminal } from '../output/terminal.ts';
import { wholeNumber } from '../output/whole-number.ts';
import { pagesOfApi, refusedPage, type FetchedPage } from '../preview/fetch-body.ts';
import { demandOf } from '../preview/poll-demand.ts';
import { recordedAnswer, textOf } from '../preview/recorded-answer.ts';
import { readFeed, type FeedInFile } from '../preview/read-feed.ts';
import { showPreview } from '../preview/show-preview.ts';
import { showProblem } from '../preview/show-problem.ts';

const EXAMPLES = `
Examples:
  $ tributary preview -f feed.yaml                       asks the API once; this counts against its quota
  $ tributary preview -f feed.yaml --pages 3             follows the pages, a request each
  $ curl -s "$URL" > body.json; tributary preview -f feed.yaml --response body.json
  $ curl -si "$URL" > answer; tributary preview -f feed.yaml --response answer    with its status and headers
  $ tributary preview -f feed.yaml --response body.json --output ndjson | jq .close
  $ tributary preview -f feed.yaml --secrets-dir ./secrets    files <Secret>/<key>, as the pod has them

Exit code: 0 the records are right, 1 something is to be mended, 2 there is no answer to read.`;

interface PreviewFlags {
  readonly filename: string;
  readonly feed?: string;
  readonly response?: string;
  readonly headers?: string;
  readonly secretsDir: string;
  readonly output: 'table' | 'ndjson';
  readonly limit: number;
  readonly pages: number;
}

export function addPreview(
  program: Command,
  terminal: Terminal,
  signal: AbortSignal,
  exit: (code: number) => void,
): void {
  program
    .command('preview')
    .description('Show the records that an answer becomes by a StreamSource, without a cluster.')
    .requiredOption('-f, --filename <file>', 'YAML file with the StreamSource, - for standard input')
    .option('--feed <name>', 'which StreamSource of the file; default: the first')
    .option(
      '--response <body>',
      'a recorded answer instead of a request, with or without its headers (curl -i); - for standard input',
    )
    .option('--headers <file>', 'status line and headers of the recorded answer, as curl -D saves them')
    .option('--secrets-dir <folder>', 'files <Secret>/<key> with what the request needs', 'secrets')
    .addOption(
      new Option('--output <format>', 'how to show the records')
        .choices(['table', 'ndjson'])
        .default('table'),
    )
    .option('--limit <records>', 'records to show', wholeNumber(0), 10)
    .option('--pages <most>', 'pages to ask for, one request each', wholeNumber(1), 1)
    .addHelpText('after', EXAMPLES)
    .action(async (flags: PreviewFlags) => {
      const feed = readFeed(flags.filename, await fileText(flags.filename), flags.feed);
      exit(await preview(feed, flags, terminal, signal));
    });
}

async function preview(
  feed: FeedInFile,
  flags: PreviewFlags,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  const shown = forPeople(terminal);
  // Records alone go to the output where another program reads them.
  const tell = flags.output === 'ndjson' ? { ...shown, out: shown.err } : shown;
  if (feed.spec === undefined) {
    for (const problem of feed.problems) showProblem(feed, problem, tell.out, shown);
    return EXIT.findings;
  }
  if (flags.headers !== undefined && flags.response === undefined)
    throw new CliError('HeadersAlone', '--headers is of a recorded answer', 'give its body with --response');
  const secrets = new SecretRegistry();
  const folder = new SecretFolder(flags.secretsDir, secrets);
  const pages =
    flags.response === undefined
      ? await ask(feed.spec, { folder, secrets, signal }, flags)
      : [await pageOf(flags.response, flags.headers, feed.spec)];
  const found = previewPages(feed.spec, pages, folder);
  if (flags.output === 'ndjson') for (const { value } of found.records) terminal.out(value);
  else
    showPreview(
      found,
      {
        limit: flags.limit,
        from: pages.map(fromOf),
        demand: demandOf(feed.spec, pages.length, found.next !== undefined),
      },
      shown,
    );
  return verdict(feed, found, tell, shown);
}

function verdict(feed: FeedInFile, found: Preview, tell: Pick<Terminal, 'out'>, terminal: Terminal): number {
  if (found.problems.length === 0) return EXIT.ok;
  tell.out('');
  for (const problem of found.problems) showProblem(feed, problem, tell.out, terminal);
  return EXIT.findings;
}

async function ask(
  spec: StreamSourceSpec,
  context: Parameters<typeof pagesOfApi>[2],
  flags: PreviewFlags,
): Promise<FetchedPage[]> {
  const { secrets } = context;
  try {
    return await pagesOfApi(spec, flags.pages, context);
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    const remedy =
      error.code === 'SecretMissing'
        ? `put it into a file below ${flags.secretsDir}/ (--secrets-dir), named <Secret>/<key>; or read a recorded answer with --response`
        : 'read a recorded answer with --response, or look at what the API says';
    throw new CliError(error.code, secrets.redact(error.message), remedy, { cause: error });
  }
}

async function pageOf(
  file: string,
  headersFile: string | undefined,
  { source: { http } }: StreamSourceSpec,
): Promise<FetchedPage> {
  const recorded = await recordedAnswer(file, headersFile);
  const { from, observed } = recorded;
  try {
    return {
      answer: textOf(recorded, { charset: http?.charset, archiveFile: http?.archiveFile }),
      from,
      observed,
    };
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    return { ...refusedPage(error), from, observed };
  }
}

function fromOf({ answer: { status = 200, body }, from }: FetchedPage): string {
  const size = `${body.length.toLocaleString('en')} characters from ${from}`;
  return status === 200 ? size : `status ${status}, ${size}`;
}

async function fileText(file: string): Promise<string> {
  try {
    return await readFile(file === '-' ? '/dev/stdin' : file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError('FileUnreadable', `${file} cannot be read (${code})`, 'check the path', {
      cause: error,
    });
  }
}
