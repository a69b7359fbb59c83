import { median, type Target } from '../measure/targets.ts';
import type { Operated, Turn } from './operated.ts';

interface Sides {
  readonly ours: Operated;
  /** Absent: it was left out. */
  readonly theirs: Operated | undefined;
  /** Objects of a feed. */
  readonly planned: number;
}

const OF_LIMIT = 0.8;
/** A limit that is beaten by more is none. */
const MOST_OF_LIMIT = 1.05;
/** Of a single turn: loops before and after that differ by more are of a machine that has become another meanwhile. */
const MOST_APART = 0.1;
const REPAIR_SECONDS = 1;
const RSS_MB = 200;

/** The part of what the API server can do that a turn reached, as the bare loop showed it at the same time. */
export function ofLimit({ seconds, limits }: Turn): number {
  return (limits.before + limits.after) / 2 / seconds;
}

/** What the operator is held to. */
export function targetsOf({ ours, theirs, planned }: Sides): Target[] {
  return [
    ...(theirs === undefined ? [] : [fasterThan(ours, theirs)]),
    besideLimit(ours),
    { name: 'writes a feed', value: ours.writes / ours.feeds, atMost: planned + 2 },
    { name: 'writes by looking again', value: ours.resyncWrites, atMost: 0 },
    { name: 'writes by a restart', value: ours.restartWrites, atMost: 0 },
    {
      name: 'deleted Deployments back, the slowest round',
      value: ours.repairSeconds,
      atMost: REPAIR_SECONDS,
      unit: ' s',
    },
    { name: 'peak RSS, restart included', value: ours.peakRssMb, below: RSS_MB, unit: ' MB' },
  ];
}

function besideLimit({ turns }: Operated): Target {
  const reached = turns.map(ofLimit);
  const undecided =
    median(reached) > MOST_OF_LIMIT ? 'the bare loop was slower, and so is no limit' : apart(turns);
  return {
    name: 'feeds/s, of what the API server can do',
    value: reached,
    atLeast: OF_LIMIT,
    unit: '×',
    ...(undecided === undefined ? {} : { undecided }),
  };
}

/** Of several turns the median counts, and none of them alone. */
function apart(turns: readonly Turn[]): string | undefined {
  const [only, ...others] = turns;
  if (only === undefined || others.length > 0) return undefined;
  const { before, after } = only.limits;
  const differ = Math.abs(before - after) / Math.min(before, after);
  return differ > MOST_APART
    ? `the loops before and after differ by ${(differ * 100).toFixed(0)} %`
    : undefined;
}

/** Each in relation to its own limit: the machine may be another from turn to turn. */
function fasterThan(ours: Operated, theirs: Operated): Target {
  const undecided = apart(ours.turns) ?? apart(theirs.turns);
  return {
    name: `feeds/s, of ${theirs.name}'s`,
    value: ours.turns.flatMap((turn, round) => {
      const other = theirs.turns[round];
      return other === undefined ? [] : [ofLimit(turn) / ofLimit(other)];
    }),
    atLeast: 1,
    unit: '×',
    ...(undecided === undefined ? {} : { undecided }),
  };
}
