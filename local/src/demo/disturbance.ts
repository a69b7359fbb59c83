import type { Tools } from '../stack/kubectl.ts';
import { runTool } from '../stack/kubectl.ts';
import { keyOf, type FeedView } from './feed-view.ts';

/** A pod that is killed while its feed is at work: the counts must match all the same. */
export interface Disturbance {
  feed: string;
  component: 'producer' | 'consumer';
  /** Whether the feed is far enough. */
  when: (feed: FeedView) => boolean;
}

/** When the live bars begin, and in the middle of the backfill. */
export const DISTURBANCES: readonly Disturbance[] = [
  { feed: 'markets/sp500-daily', component: 'producer', when: ({ published }) => published > 0 },
  { feed: 'air/departures', component: 'consumer', when: ({ published }) => published >= 100_000 },
  { feed: 'air/departures', component: 'producer', when: ({ published }) => published >= 200_000 },
];

/** Kills pods as `due` says, each once. */
export class Disturber {
  readonly #tools: Tools;
  readonly #told: (text: string) => void;
  readonly #due: Set<Disturbance>;

  constructor(tools: Tools, due: readonly Disturbance[], told: (text: string) => void) {
    this.#tools = tools;
    this.#told = told;
    this.#due = new Set(due);
  }

  async look(feeds: readonly FeedView[], signal: AbortSignal): Promise<void> {
    for (const disturbance of this.#due) {
      const { feed, component, when } = disturbance;
      const view = feeds.find((candidate) => keyOf(candidate) === feed);
      if (view === undefined || !when(view)) continue;
      const said = await runTool(
        this.#tools,
        'kubectl',
        [
          ...['delete', 'pod', '--namespace', view.namespace, '--grace-period=0', '--force', '--wait=false'],
          ...['--selector', `tributary.dev/feed=${view.name},app.kubernetes.io/component=${component}`],
        ],
        { signal },
      );
      // A selector that fits no pod is no error for kubectl: then there is still one to kill.
      if (!said.includes('deleted')) continue;
      this.#due.delete(disturbance);
      this.#told(
        `killed the ${component} of ${feed} at ${view.published} published, ${view.uploaded} uploaded`,
      );
    }
  }
}
