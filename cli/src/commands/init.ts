import { HttpFetcher, UpstreamError } from '@tributary/producer';
import type { Command } from 'commander';
import { EXIT } from '../output/cli-error.ts';
import type { Terminal } from '../output/terminal.ts';
import { recordedAnswer, textOf, type RecordedAnswer } from '../preview/recorded-answer.ts';
import { propose } from '../propose/proposal.ts';
import { CliError } from '../output/cli-error.ts';

const EXAMPLES = `
Examples:
  $ tributary init --url "https://api.example.com/v1/prices?symbol=IBM" > feed.yaml
  $ tributary init --response body.json --url "https://api.example.com/v1/prices" > feed.yaml
  $ tributary preview -f feed.yaml --response body.json

What is proposed is a beginning: look at role, type and key of each column, at schedule and limits. A key in the URL is
left out: it belongs into a Secret.

Exit code: 0 a StreamSource is proposed, 2 there is no answer to propose it from.`;

interface InitFlags {
  readonly url?: string;
  readonly response?: string;
  readonly name?: string;
  readonly namespace: string;
  readonly allowPrivate?: boolean;
}

export function addInit(
  program: Command,
  terminal: Terminal,
  signal: AbortSignal,
  exit: (code: number) => void,
): void {
  program
    .command('init')
    .description('Propose a StreamSource for an API, by one of its answers.')
    .option('--url <url>', 'the API; asked once unless --response is given')
    .option(
      '--response <body>',
      'a recorded answer, with or without its headers (curl -i); - for standard input',
    )
    .option('--name <name>', 'name of the feed; default: from the URL')
    .option('--namespace <namespace>', 'its namespace', 'default')
    .option('--allow-private', 'ask addresses that are private or loopback')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: InitFlags) => {
      const body = await bodyFor(flags, signal);
      const { url = ELSEWHERE, name = nameOf(url), namespace } = flags;
      terminal.out(propose(body, { url, name, namespace }).trimEnd());
      exit(EXIT.ok);
    });
}

const ELSEWHERE = 'https://api.example.com/v1/data';

async function bodyFor(
  { url, response, allowPrivate = false }: InitFlags,
  signal: AbortSignal,
): Promise<string> {
  if (response !== undefined) return bodyIn(await recordedAnswer(response));
  if (url === undefined)
    throw new CliError('NothingToReadFrom', 'there is neither --url nor --response', 'give one of them');
  if (!URL.canParse(url)) throw new CliError('BadUrl', `${url} is no URL`, 'write it as https://…');
  const fetcher = new HttpFetcher({ allowPrivate, timeoutMs: 30_000, userAgent: 'tributary-init' });
  try {
    return (await fetcher.fetch({ method: 'GET', url: new URL(url), headers: [] }, signal)).body;
  } finally {
    fetcher.close();
  }
}

/** Of an answer that holds records, as far as its status says. */
function bodyIn(recorded: RecordedAnswer): string {
  try {
    const { body, notModified } = textOf(recorded);
    if (notModified !== true) return body;
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    throw new CliError(error.code, `${recorded.from}: ${error.message}`, SAVE_ANOTHER, { cause: error });
  }
  throw new CliError('NothingNew', `${recorded.from}: status 304 is an answer without a body`, SAVE_ANOTHER);
}

const SAVE_ANOTHER = 'save an answer that holds records (curl -iL follows what it leads to)';

/** `api.example.com/v1/prices` is example-prices. */
function nameOf(url: string): string {
  const { hostname, pathname } = URL.canParse(url) ? new URL(url) : new URL(ELSEWHERE);
  const host = hostname.split('.').at(-2) ?? hostname;
  const last = pathname.split('/').findLast((part) => part !== '') ?? 'feed';
  const name = `${host}-${last.replace(/\.\w+$/, '')}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return name.replaceAll(/^-+|-+$/g, '').slice(0, 50);
}
