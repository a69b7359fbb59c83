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
  readonly met: boolean;
}

const OF_LIMIT = 0.8;
const REPAIR_SECONDS = 1;
const RSS_MB = 200;

/** What the operator is held to, as a table in Markdown. */
export function judge(sides: Sides): string {
  const rows = targets(sides).map(
    ({ what, measured, met }) => `| ${what} | ${measured} | ${met ? 'met' : '**missed**'} |`,
  );
  return [`| ${FEEDS.toLocaleString('en')} feeds | measured | |`, '|---|---|---|', ...rows].join('\n');
}

function targets({ ours, theirs, loops, planned }: Sides): Target[] {
  const limit = Math.min(...loops.map(({ seconds }) => seconds));
  const needed = FEEDS * (planned + 2);
  const { resyncWrites, restartWrites } = ours;
  return [
    ...(theirs === undefined ? [] : [fasterThan(ours, theirs)]),
    {
      what: `at least ${OF_LIMIT * 100} % of the raw limit of the API server`,
      measured: `${((limit / ours.seconds) * 100).toFixed(0)} % (the bare loop: ${loops.map(({ seconds }) => `${seconds.toFixed(1)} s`).join(' before, ')}${loops.length > 1 ? ' after' : ''})`,
      met: limit / ours.seconds >= OF_LIMIT,
    },
    {
      what: `one write for each of ${planned} objects, the finalizer and the status`,
      measured: `${(ours.writes / FEEDS).toFixed(2)} a feed`,
      met: ours.writes === needed,
    },
    {
      what: 'no write by looking again or by a restart',
      measured: `${resyncWrites} and ${restartWrites}`,
      met: resyncWrites + restartWrites === 0,
    },
    {
      what: `${REPAIRED} deleted Deployments back within ${REPAIR_SECONDS} s`,
      measured: `${ours.repairSeconds.toFixed(2)} s`,
      met: ours.repairSeconds <= REPAIR_SECONDS,
    },
    {
      what: `under ${RSS_MB} MB, restart included`,
      measured: `${ours.peakRssMb.toFixed(0)} MB`,
      met: ours.peakRssMb < RSS_MB,
    },
  ];
}

function fasterThan(ours: Operated, theirs: Operated): Target {
  return {
    what: 'faster than an operator on controller-runtime',
    measured: `${ours.seconds.toFixed(1)} s, theirs ${theirs.seconds.toFixed(1)} s`,
    met: ours.seconds < theirs.seconds,
  };
}
