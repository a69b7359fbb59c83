import type { ProcessUsage } from '@tributary/local/testing';
import { table } from './table.ts';

/** What one side of a comparison came to. */
export interface Outcome extends Pick<ProcessUsage, 'cpuSeconds' | 'peakRssMb'> {
  readonly name: string;
  readonly seconds: number;
}

/** One column of a comparison. */
export interface Figure<O extends Outcome> {
  readonly title: string;
  readonly of: (outcome: O) => number;
  /** Digits behind the point; absent: a whole number, grouped. */
  readonly digits?: number;
  /** Whether the line below tells ours by theirs. */
  readonly ratio?: true;
}

/** Records for each second of CPU and of time, the two figures that are compared. `records` is how many both sides took. */
export function rates(records: number, unit: string): Record<'perCpu' | 'perSecond', Figure<Outcome>> {
  return {
    perCpu: { title: `${unit}/CPU-s`, of: ({ cpuSeconds }) => records / cpuSeconds, ratio: true },
    perSecond: { title: `${unit}/s`, of: ({ seconds }) => records / seconds, ratio: true },
  };
}

/** What both sides cost. */
export const COSTS: readonly Figure<Outcome>[] = [
  { title: 'CPU s', of: ({ cpuSeconds }) => cpuSeconds, digits: 2 },
  { title: 'wall s', of: ({ seconds }) => seconds, digits: 2 },
  { title: 'peak RSS MB', of: ({ peakRssMb }) => peakRssMb, digits: 0 },
];

/** Ours and the others line by line, and below them the ratios of ours to each. A figure that a side has not is NaN. */
export function comparison<O extends Outcome>(
  sides: readonly [O, O, ...O[]],
  figures: readonly Figure<O>[],
): string {
  const [ours, ...others] = sides;
  const cell = ({ of, digits }: Figure<O>, outcome: O): string => {
    const value = of(outcome);
    if (Number.isNaN(value)) return '';
    return digits === undefined ? Math.round(value).toLocaleString('en') : value.toFixed(digits);
  };
  const ratios = others.map((theirs) => [
    others.length === 1 ? 'ratio' : `ratio to ${theirs.name}`,
    ...figures.map(({ of, ratio }) => {
      const value = of(ours) / of(theirs);
      return ratio === undefined || Number.isNaN(value) ? '' : `${value.toFixed(2)}×`;
    }),
  ]);
  return table(
    ['', ...figures.map(({ title }) => title)],
    [...sides.map((each) => [each.name, ...figures.map((figure) => cell(figure, each))]), ...ratios],
  );
}
