import type { Colors } from 'picocolors/types.js';

/** How one feed ended. */
export interface FeedOutcome {
  feed: string;
  /** Distinct records that the API showed, by its own count. */
  expected: number;
  published: number;
  landed: number;
  uploaded: number;
  /** `ok`, or what is wrong. */
  audited: string;
  /** `ok`, or what is wrong. */
  analysed: string;
  /** What the notebooks found, a sentence each. */
  findings: readonly string[];
}

/** All the API showed arrived once, the audit is clean and the analysis ran. */
export function succeeded(outcome: FeedOutcome): boolean {
  return problemsOf(outcome).length === 0;
}

/** Each shortfall in words. */
export function problemsOf({
  feed,
  expected,
  published,
  landed,
  uploaded,
  audited,
  analysed,
}: FeedOutcome): string[] {
  const counts = { published, landed, uploaded };
  return [
    ...Object.entries(counts)
      .filter(([, count]) => count !== expected)
      .map(([what, count]) => `${feed}: the API showed ${expected} records, ${what} are ${count}`),
    ...(audited === 'ok' ? [] : [`${feed}: the audit failed: ${audited}`]),
    ...(analysed === 'ok' ? [] : [`${feed}: the analysis failed: ${analysed}`]),
  ];
}

/** One line per feed, for people and for scripts. */
export function summaryLine(outcome: FeedOutcome, colour: Colors): string {
  const word = (text: string): string => (text === 'ok' ? colour.green(text) : colour.red('failed'));
  const { feed, published, landed, uploaded, audited, analysed } = outcome;
  return `${colour.bold(feed)} published=${published} landed=${landed} uploaded=${uploaded} audited=${word(audited)} analysed=${word(analysed)}`;
}
