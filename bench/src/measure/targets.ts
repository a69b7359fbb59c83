/** What was asked for, and what came of it. */
export interface Target {
  readonly what: string;
  readonly measured: number;
  /** Which side of `bound` is wanted. */
  readonly wanted: 'above' | 'below';
  readonly bound: number;
  /** Of both figures. @default 0 */
  readonly digits?: number;
}

/** A line for each target, whether it is met or missed: a bench tells both. */
export function verdicts(targets: readonly Target[]): string {
  return targets
    .map(({ what, measured, wanted, bound, digits = 0 }) => {
      const met = wanted === 'above' ? measured > bound : measured < bound;
      const figure = (value: number): string =>
        digits === 0 ? Math.round(value).toLocaleString('en') : value.toFixed(digits);
      return `${met ? 'met   ' : 'missed'}  ${what}: ${figure(measured)}, to be ${wanted} ${figure(bound)}`;
    })
    .join('\n');
}
