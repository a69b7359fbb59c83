import {
  BURST_NOTICE,
  INVALID_CALL,
  INVALID_KEY,
  timeSeriesDaily,
  UNKNOWN_FUNCTION,
} from './alpha-vantage-body.ts';
import type { Bar } from './bars.ts';
import type { ReplayClock } from './replay-clock.ts';
import { countUpTo, jsonAnswer, type ReplayedApi } from './replayed-api.ts';

export const REPLAY_SYMBOL = 'SPX';
/** New York has closed by then, in summer and in winter. */
const KNOWN_AFTER_MS = 21.5 * 3_600_000;
/** Every so many requests it refuses one, as the free plan does; and once in a while it is broken. */
const REFUSES_EVERY = 9;
const BREAKS_EVERY = 25;

/** Time at which a bar is known, in milliseconds since the epoch. */
export function knownAt({ date }: Bar): number {
  return Date.parse(`${date}T00:00:00Z`) + KNOWN_AFTER_MS;
}

/** Daily bars in Alpha Vantage's shape, with its ways of saying no. `bars` are oldest first. */
export function barsApi({
  bars,
  clock,
  apiKey,
}: {
  bars: readonly Bar[];
  clock: ReplayClock;
  apiKey: string;
}): ReplayedApi {
  const times = bars.map(knownAt);
  let requests = 0;
  let shown = 0;
  const answer = (query: URLSearchParams): string => {
    if (query.get('apikey') !== apiKey) return INVALID_KEY;
    if (query.get('function') !== 'TIME_SERIES_DAILY') return UNKNOWN_FUNCTION;
    if (query.get('symbol') !== REPLAY_SYMBOL) return INVALID_CALL;
    if (requests % REFUSES_EVERY === 0) return BURST_NOTICE;
    const visible = countUpTo(times, clock.now());
    const size = query.get('outputsize') === 'full' ? 'full' : 'compact';
    shown = visible;
    return timeSeriesDaily(REPLAY_SYMBOL, bars.slice(0, visible), size);
  };
  return {
    path: '/query',
    answer: (query) => {
      requests += 1;
      if (requests % BREAKS_EVERY === 0)
        return {
          status: 503,
          headers: { 'content-type': 'text/html' },
          body: '<h1>Service Unavailable</h1>',
        };
      return jsonAnswer(answer(query));
    },
    progress: () => ({ shown, complete: shown === bars.length }),
  };
}
