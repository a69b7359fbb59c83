import { parseArgs } from 'node:util';
import { resolve } from 'node:path';
import { KEYED_FEED, REPLAYED_FEEDS, type FeedName } from '../demo/feeds.ts';

export interface StartOptions {
  /** Run the feeds to the end of their data, audit, analyse, and exit. */
  once: boolean;
  /** Work folder: everything the run writes outside the cache. */
  dir: string;
  /** With `once`: leave everything running afterwards, until Ctrl-C. */
  keep: boolean;
  /** Empty the work folder first. */
  fresh: boolean;
  /** Which of the demo's feeds to run. */
  feeds: readonly FeedName[];
}

export const HELP = `Usage: npm start [-- options]

Runs Tributary on this machine: a real Kubernetes control plane, a real Kafka broker, stand-ins for
Strimzi and for a Databricks workspace, the operator installed with helm, and feeds from APIs that
are replayed from real data: to Kafka, to files, to an audit and to reports.

  --once       run the feeds to the end of their data while pods are killed, audit and analyse them,
               print a summary and exit: 0 when all of it is right, 1 otherwise;
               without it everything runs until Ctrl-C, with a live table on a terminal
  --feeds A,B  only these of ${[...REPLAYED_FEEDS, KEYED_FEED].join(', ')}
               (default: all; ${KEYED_FEED} where ALPHAVANTAGE_API_KEY is set)
  --dir DIR    work folder for data, logs, reports and the kubeconfig (default: .tributary);
               a second start in the same folder goes on where the first one stopped
  --fresh      empty the work folder first
  --keep       with --once: leave everything running after the summary, until Ctrl-C
  -h, --help   this text

The first run fetches and builds what it needs into $XDG_CACHE_HOME/tributary (several minutes); later
ones use it from there. With ALPHAVANTAGE_API_KEY set, IBM's weekly bars come from the real API too.
Nothing outside the cache, the work folder and this checkout is touched, everything listens on
loopback only, and nothing needs root.
`;

/** Thrown for a wrong command line; the message says what to write instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'Usage';
}

/** Undefined when help was asked for. `hasKey`: whether there is a key of the real Alpha Vantage. */
export function parseStartOptions(args: string[], cwd: string, hasKey: boolean): StartOptions | undefined {
  const parsed = (() => {
    try {
      return parseArgs({
        args,
        allowPositionals: false,
        options: {
          once: { type: 'boolean', default: false },
          dir: { type: 'string', default: '.tributary' },
          keep: { type: 'boolean', default: false },
          fresh: { type: 'boolean', default: false },
          feeds: { type: 'string' },
          help: { type: 'boolean', short: 'h', default: false },
        },
      });
    } catch (error) {
      throw new UsageError(
        `${error instanceof Error ? error.message : String(error)}\nSee: npm start -- --help`,
        { cause: error },
      );
    }
  })();
  const { once, dir, keep, fresh, feeds, help } = parsed.values;
  if (help) return undefined;
  if (dir === '') throw new UsageError('--dir needs a folder\nSee: npm start -- --help');
  if (keep && !once)
    throw new UsageError('--keep goes with --once; without --once everything keeps running anyway');
  return { once, dir: resolve(cwd, dir), keep, fresh, feeds: feedNames(feeds, hasKey) };
}

function feedNames(text: string | undefined, hasKey: boolean): FeedName[] {
  const known: readonly FeedName[] = [...REPLAYED_FEEDS, KEYED_FEED];
  if (text === undefined) return known.filter((name) => name !== KEYED_FEED || hasKey);
  return text.split(',').map((name) => {
    const found = known.find((candidate) => candidate === name.trim());
    if (found === undefined)
      throw new UsageError(
        `--feeds: there is no feed ${JSON.stringify(name)}; there are ${known.join(', ')}`,
      );
    if (found === KEYED_FEED && !hasKey)
      throw new UsageError(
        `--feeds: ${KEYED_FEED} comes from the real API: set ALPHAVANTAGE_API_KEY to your key`,
      );
    return found;
  });
}
