import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { INVALID_CALL, INVALID_KEY, timeSeriesDaily, UNKNOWN_FUNCTION } from './alpha-vantage-body.ts';
import type { Bar } from './bars.ts';
import type { ReplayClock } from './replay-clock.ts';

export const REPLAY_SYMBOL = 'SPX';

export interface ReplayApi {
  /** Endpoint to put into `source.alphaVantage.baseUrl`. */
  url: string;
  /** Bars that the API has shown so far, and how many there will be: what the whole chain must account for. */
  progress(): { visible: number; total: number };
  requests(): number;
  stop(): Promise<void>;
}

/** Serves real bars in Alpha Vantage's shape on loopback, as if the days of the data set were passing now. */
export async function startReplayApi(options: {
  bars: readonly Bar[];
  clock: ReplayClock;
  apiKey: string;
  port?: number;
}): Promise<ReplayApi> {
  const { bars, clock, apiKey, port = 0 } = options;
  let requests = 0;
  let visible = 0;

  const answer = (query: URLSearchParams): string => {
    if (query.get('apikey') !== apiKey) return INVALID_KEY;
    if (query.get('function') !== 'TIME_SERIES_DAILY') return UNKNOWN_FUNCTION;
    if (query.get('symbol') !== REPLAY_SYMBOL) return INVALID_CALL;
    visible = clock.visible();
    return timeSeriesDaily(
      REPLAY_SYMBOL,
      bars.slice(0, visible),
      query.get('outputsize') === 'full' ? 'full' : 'compact',
    );
  };

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://replay');
    if (request.method !== 'GET' || url.pathname !== '/query') {
      response.writeHead(404).end();
      return;
    }
    requests += 1;
    response.writeHead(200, { 'content-type': 'application/json' }).end(answer(url.searchParams));
  });
  await listen(server, port);
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${bound}/query`,
    progress: () => ({ visible, total: clock.total }),
    requests: () => requests,
    stop: () => close(server),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
