import type { Colors } from 'picocolors/types.js';
import { keyOf, type FeedView } from './feed-view.ts';

const HEADER = ['FEED', 'READY', 'LAST POLL', 'PUBLISHED', 'LANDED', 'UPLOADED', 'LAG', 'LAST RUN'];
const NUMBERS = new Set(['PUBLISHED', 'LANDED', 'UPLOADED', 'LAG']);

/** The feeds as a table, and below it what is wrong with which; no line wider than `width`. */
export function feedTable(
  views: readonly FeedView[],
  { now, width, colour }: { now: number; width: number; colour: Colors },
): string[] {
  const rows = views.map((view) => cells(view, now));
  const widths = HEADER.map((title, index) =>
    Math.max(title.length, ...rows.map((row) => (row[index] ?? '').length)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, index) => {
        const space = widths[index] ?? 0;
        return NUMBERS.has(HEADER[index] ?? '') ? cell.padStart(space) : cell.padEnd(space);
      })
      .join('  ')
      .trimEnd()
      .slice(0, width);
  const troubles = views.flatMap((view) =>
    view.trouble === ''
      ? []
      : [{ text: `${keyOf(view)}: ${view.trouble}`.slice(0, width), stalled: view.stalled }],
  );
  return [
    colour.dim(line(HEADER)),
    ...rows.map((row, index) => paint(line(row), views[index], colour)),
    ...troubles.map(({ text, stalled }) => (stalled ? colour.red(text) : colour.yellow(text))),
  ];
}

/** One feed on one line, for logs. */
export function feedLine(view: FeedView): string {
  const { published, landed, uploaded, trouble } = view;
  const counts = `published=${published} landed=${landed} uploaded=${uploaded}`;
  return `${keyOf(view)} ${readiness(view)} ${counts}${trouble === '' ? '' : ` (${shortened(trouble)})`}`;
}

/** An API may say no at length. */
function shortened(text: string): string {
  const MOST = 100;
  return text.length <= MOST ? text : `${text.slice(0, MOST)}…`;
}

function cells(view: FeedView, now: number): string[] {
  const { lastPoll, lag, lastRun } = view;
  return [
    keyOf(view),
    readiness(view),
    lastPoll === undefined ? '–' : `${lastPoll.result} ${ago(now - lastPoll.at)}`,
    String(view.published),
    String(view.landed),
    String(view.uploaded),
    lag === undefined ? '–' : String(lag),
    lastRun ?? '–',
  ];
}

function readiness({ suspended, stalled, ready }: FeedView): string {
  if (suspended) return 'suspended';
  if (stalled) return 'stalled';
  return ready ? 'ready' : 'waiting';
}

function paint(line: string, view: FeedView | undefined, colour: Colors): string {
  if (view === undefined || view.suspended) return colour.dim(line);
  if (view.stalled) return colour.red(line);
  return view.ready ? line : colour.yellow(line);
}

function ago(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 100) return `${seconds} s ago`;
  return seconds < 6_000 ? `${Math.round(seconds / 60)} min ago` : `${Math.round(seconds / 3_600)} h ago`;
}
