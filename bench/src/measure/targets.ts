/** What a measured figure should come to. */
export interface Target {
  readonly name: string;
  readonly value: number;
  /** Exactly one of the two. */
  readonly atLeast?: number;
  readonly below?: number;
  /** Behind the figures, such as `MB`. @default '' */
  readonly unit?: string;
}

/** One line for each target: met or missed, and by what. */
export function verdicts(targets: readonly Target[]): string {
  return targets
    .map(({ name, value, atLeast, below, unit = '' }) => {
      const met = atLeast === undefined ? value < (below ?? Number.NaN) : value >= atLeast;
      const wanted = atLeast === undefined ? `below ${below}${unit}` : `at least ${atLeast}${unit}`;
      return `${met ? 'met   ' : 'missed'}  ${name}: ${value.toFixed(2)}${unit}, ${wanted}`;
    })
    .join('\n');
}
