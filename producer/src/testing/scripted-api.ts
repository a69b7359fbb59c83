import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A real HTTP server on loopback whose answers the test decides. */
export interface ScriptedApi {
  url: string;
  /** Every request so far, as path and query. */
  requests: string[];
  answer: (request: IncomingMessage, response: ServerResponse, url: URL) => void;
  stop(): Promise<void>;
}

export async function startScriptedApi(answer: ScriptedApi['answer']): Promise<ScriptedApi> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    api.answer(request, response, new URL(request.url ?? '/', 'http://api'));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const api: ScriptedApi = {
    url: `http://127.0.0.1:${port}`,
    requests,
    answer,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return api;
}

export function json(response: ServerResponse, body: unknown, status = 200): void {
  response
    .writeHead(status, { 'content-type': 'application/json' })
    .end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** Bars by date, as Alpha Vantage's TIME_SERIES_DAILY writes them. */
export function dailyBody(
  bars: Readonly<Record<string, { close: string; volume?: string }>>,
  symbol = 'IBM',
): string {
  const series = Object.entries(bars)
    .reverse()
    .map(([date, { close, volume = '100' }]) => [
      date,
      { '1. open': '1.0000', '2. high': '2.50', '3. low': '0.5', '4. close': close, '5. volume': volume },
    ]);
  return JSON.stringify(
    {
      'Meta Data': { '1. Information': 'Daily Prices', '2. Symbol': symbol, '5. Time Zone': 'US/Eastern' },
      'Time Series (Daily)': Object.fromEntries(series),
    },
    undefined,
    4,
  );
}
