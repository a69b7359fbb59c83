import { FEEDS } from './load.ts';
import { REPAIRED, type Operated } from './operated.ts';

interface Sides {
  readonly ours: Operated;
  /** Absent: it was left out. */
  readonly theirs: Operated | undefined;
  readonly loops: readonly Operated[];
  /** Objects of a feed. */
  readonly planned: number;
}

interface Target {
  readonly what: string;
  readonly measured: string;
  readonly verdict: string;
}

const OF_LIMIT = 0.8;
/** A limit that is beaten by more is none. */
const MOST_OF_LIMIT = 1.05;
/** Between the loops before and after: what differs by more on the same work differs by the machine. */
const STEADY = 1.1;
const REPAIR_SECONDS = 1;
const RSS_MB = 200;

/** What the operator is held to, as a table in Markdown. */
export function judge(sides: Sides): string {
  const rows = targets(sides).map(({ what, measured, verdict }) => `| ${what} | ${measured} | ${verdict} |`);
  return [`| ${FEEDS.toLocaleString('en')} feeds | measured | |`, '|---|---|---|', ...rows].join('\n');
}

function targets({ ours, theirs, loops, planned }: Sides): Target[] {
  const needed = FEEDS * (planned + 2);
  const { resyncWrites, restartWrites } = ours;
  return [
    ...(theirs === undefined ? [] : [fasterThan(ours, theirs, loops)]),
    besideLimit(ours, loops),
    {
      what: `one write for each of ${planned} objects, the finalizer and the status`,
      measured: `${(ours.writes / FEEDS).toFixed(2)} a feed`,
      verdict: verdictOf(ours.writes === needed),
    },
    {
      what: 'no write by looking again or by a restart',
      measured: `${resyncWrites} and ${restartWrites}`,
      verdict: verdictOf(resyncWrites + restartWrites === 0),
    },
    {
      what: `${REPAIRED} deleted Deployments back within ${REPAIR_SECONDS} s`,
      measured: `${ours.repairSeconds.toFixed(2)} s`,
      verdict: verdictOf(ours.repairSeconds <= REPAIR_SECONDS),
    },
    {
      what: `under ${RSS_MB} MB, restart included`,
      measured: `${ours.peakRssMb.toFixed(0)} MB`,
      verdict: verdictOf(ours.peakRssMb < RSS_MB),
    },
  ];
}

function verdictOf(met: boolean): string {
  return met ? 'met' : '**missed**';
}

function besideLimit(ours: Operated, loops: readonly Operated[]): Target {
  const limit = Math.min(...loops.map(({ seconds }) => seconds));
  const reached = limit / ours.seconds;
  return {
    what: `at least ${OF_LIMIT * 100} % of the raw limit of the API server`,
    measured: `${(reached * 100).toFixed(0)} % (the bare loop: ${loops.map(({ seconds }) => `${seconds.toFixed(1)} s`).join(' before, ')}${loops.length > 1 ? ' after' : ''})`,
    verdict:
      reached > MOST_OF_LIMIT
        ? 'no limit: the bare loop was slower'
        : steady(loops, verdictOf(reached >= OF_LIMIT)),
  };
}

function fasterThan(ours: Operated, theirs: Operated, loops: readonly Operated[]): Target {
  return {
    what: 'faster than an operator on controller-runtime',
    measured: `${ours.seconds.toFixed(1)} s, theirs ${theirs.seconds.toFixed(1)} s`,
    verdict: steady(loops, verdictOf(ours.seconds < theirs.seconds)),
  };
}

/** One run of each shows nothing on a machine that did the same work at another pace before and after. */
function steady(loops: readonly Operated[], verdict: string): string {
  const seconds = loops.map((loop) => loop.seconds);
  const spread = Math.max(...seconds) / Math.min(...seconds);
  return spread <= STEADY
    ? verdict
    : `no verdict: the bare loops differ by ${((spread - 1) * 100).toFixed(0)} %`;
}
