import { text as readStream } from 'node:stream/consumers';
import type { Command } from 'commander';
import { CliError, EXIT } from '../output/cli-error.ts';
import type { Terminal } from '../output/terminal.ts';
import { chainOf, type Chain, type ShownFeed } from '../status/chain.ts';
import { kubectlJson, type ClusterFlags } from '../status/kubectl.ts';
import { screenOf } from '../status/screen.ts';

const EXAMPLES = `
Examples:
  $ tributary status markets/ibm-weekly
  $ tributary status -A
  $ kubectl get feed ibm-weekly -o json | tributary status -

Exit code: 0 every feed is Ready, 1 one is not, 2 the cluster could not be read.`;

interface StatusFlags extends ClusterFlags {
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
  readonly json?: boolean;
}

export function addStatus(
  program: Command,
  terminal: Terminal,
  signal: AbortSignal,
  exit: (code: number) => void,
): void {
  program
    .command('status')
    .description("Show a feed's chain from API to analysis on one screen.")
    .argument('[feed]', '<namespace>/<name>, a name, or - for what kubectl printed; all feeds where absent')
    .option('-n, --namespace <name>', 'namespace of the feed')
    .option('-A, --all-namespaces', 'feeds of all namespaces')
    .option('--kubeconfig <file>', 'as for kubectl')
    .option('--context <name>', 'as for kubectl')
    .option('--json', 'write the chains as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (feed: string | undefined, flags: StatusFlags) => {
      const now = Date.now();
      const chains = feedsOf(await read(feed, flags, signal)).map((each) => chainOf(each, now));
      if (flags.json === true) terminal.out(JSON.stringify(chains, undefined, 2));
      else show(chains, terminal);
      exit(chains.every(({ ready }) => ready) ? EXIT.ok : EXIT.findings);
    });
}

async function read(feed: string | undefined, flags: StatusFlags, signal: AbortSignal): Promise<unknown> {
  if (feed === '-') return parse(await readStream(process.stdin));
  const [name, namespace] = feed?.split('/').toReversed() ?? [];
  const within = namespace ?? flags.namespace;
  return kubectlJson(
    [
      'get',
      'streamsources.tributary.dev',
      ...(name === undefined ? [] : [name]),
      ...(within === undefined ? [] : ['--namespace', within]),
      ...(flags.allNamespaces === true ? ['--all-namespaces'] : []),
    ],
    flags,
    signal,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = 'standard input is no JSON';
    throw new CliError('InputUnreadable', message, 'pipe from kubectl get feed NAME -o json', {
      cause: error,
    });
  }
}

function feedsOf(value: unknown): ShownFeed[] {
  const { kind, items } = value as { kind?: unknown; items?: unknown };
  const feeds = Array.isArray(items)
    ? (items as ShownFeed[])
    : kind === 'StreamSource'
      ? [value as ShownFeed]
      : [];
  if (feeds.length === 0)
    throw new CliError(
      'NoFeed',
      'there is no StreamSource here',
      'name another namespace, or use -A for all',
    );
  return feeds;
}

function show(chains: readonly Chain[], terminal: Terminal): void {
  chains.forEach((chain, index) => {
    if (index > 0) terminal.out('');
    for (const line of screenOf(chain, terminal.colours)) terminal.out(line);
  });
}
