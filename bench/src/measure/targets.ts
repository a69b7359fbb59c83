/** What a measured figure should come to. */
export interface Target {
  readonly name: string;
  /** With more than one, of as many rounds, their median is held against the target. */
  readonly value: number | readonly number[];
  /** Exactly one of the three. */
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly below?: number;
  /** Behind the figures, such as `MB`. @default '' */
  readonly unit?: string;
  /** Why the figure decides nothing. */
  readonly undecided?: string | undefined;
}

/** Rounds that miss a target and rounds that meet it, both by more than this part of it, decide nothing. */
const MARGIN = 0.05;

/** One line for each target: met or missed, and by what. */
export function verdicts(targets: readonly Target[]): string {
  return targets
    .map((target) => {
      const { name, unit = '', undecided = contradiction(target) } = target;
      const line = `${name}: ${figure(target)}, ${wanted(target)}${unit}`;
      if (undecided !== undefined) return `open    ${line}; no verdict: ${undecided}`;
      return `${isMet(target, median(roundsOf(target))) ? 'met   ' : 'missed'}  ${line}`;
    })
    .join('\n');
}

/** NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

function roundsOf({ value }: Target): readonly number[] {
  return typeof value === 'number' ? [value] : value;
}

function figure(target: Target): string {
  const { unit = '' } = target;
  const rounds = roundsOf(target);
  const told = `${median(rounds).toFixed(2)}${unit}`;
  if (rounds.length < 2) return told;
  return `${told} (${Math.min(...rounds).toFixed(2)} to ${Math.max(...rounds).toFixed(2)} in ${rounds.length} rounds)`;
}

function wanted({ atLeast, atMost, below }: Target): string {
  if (atLeast !== undefined) return `at least ${atLeast}`;
  return atMost === undefined ? `below ${below}` : `at most ${atMost}`;
}

/** What is no figure meets nothing. */
function isMet({ atLeast, atMost, below = Number.NaN }: Target, value: number): boolean {
  if (atLeast !== undefined) return value >= atLeast;
  return atMost === undefined ? value < below : value <= atMost;
}

function contradiction(target: Target): string | undefined {
  const bound = target.atLeast ?? target.atMost ?? target.below ?? Number.NaN;
  const clear = roundsOf(target).filter((value) => Math.abs(value - bound) > MARGIN * bound);
  const met = clear.filter((value) => isMet(target, value)).length;
  return met === 0 || met === clear.length
    ? undefined
    : `met in ${met} of the rounds and missed in ${clear.length - met}, each by more than ${MARGIN * 100} %`;
}
