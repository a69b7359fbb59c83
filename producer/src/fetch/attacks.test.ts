import { createServer as createTlsServer } from 'node:https';
import type { LookupAddress } from 'node:dns';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CertificateAuthority } from '@tributary/local/testing';
import { json, startScriptedApi, type ScriptedApi } from '../testing/scripted-api.ts';
import { AddressGuard, isPrivateAddress } from './address-guard.ts';
import type { ClientTls } from './client-agents.ts';
import { HttpFetcher, type FetcherOptions } from './http-fetcher.ts';

let api: ScriptedApi;
let port: string;
/** Names of the test's own network, each with the answers that its name server gives one after the other. */
const names = new Map<string, string[]>();
let resolved: string[] = [];

/** As by default, but the server of the test counts as public. */
const guard = new AddressGuard({
  isPrivate: (address) => address !== '127.0.0.1' && isPrivateAddress(address),
  resolve: (hostname, _options, callback) => {
    resolved.push(hostname);
    const answers = names.get(hostname) ?? [];
    const address = answers.length > 1 ? answers.shift() : answers[0];
    const found: LookupAddress[] = address === undefined ? [] : [{ address, family: 4 }];
    callback(null, found);
  },
});

beforeAll(async () => {
  api = await startScriptedApi((_request, response) => json(response, {}));
  ({ port } = new URL(api.url));
});

beforeEach(() => {
  names.clear();
  resolved = [];
  api.requests.length = 0;
});

afterAll(() => api.stop());

async function attack(url: string, options: Partial<FetcherOptions> = {}, tls?: ClientTls): Promise<string> {
  const fetcher = new HttpFetcher({
    allowPrivate: false,
    guard,
    timeoutMs: 20_000,
    userAgent: 'test',
    ...options,
  });
  try {
    const request = {
      method: 'GET' as const,
      url: new URL(url),
      headers: [],
      ...(tls === undefined ? {} : { tls }),
    };
    const { body } = await fetcher.fetch(request, new AbortController().signal);
    return `answer ${body}`;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  } finally {
    fetcher.close();
  }
}

describe('a request that is to be led astray', () => {
  it.each([
    'http://169.254.169.254/latest/meta-data/',
    'http://[::ffff:169.254.169.254]/',
    'http://0xa9fea9fe/',
    'http://metadata.internal/',
    'http://10.0.0.1:6443/',
  ])('does not follow a redirect to %s', async (location) => {
    names.set('metadata.internal', ['169.254.169.254']);
    api.answer = (_request, response) => response.writeHead(302, { location }).end();
    expect(await attack(`http://127.0.0.1:${port}/`)).toBe('AddressRefused');
    expect(api.requests).toHaveLength(1);
  });

  it('connects to the very address that was checked, though the name server changes its mind', async () => {
    api.answer = (_request, response) => json(response, {});
    names.set('rebinding.example', ['127.0.0.1', '10.0.0.1']);
    expect(await attack(`http://rebinding.example:${port}/`)).toBe('answer {}');
    expect(resolved).toEqual(['rebinding.example']);
    expect(await attack(`http://rebinding.example:${port}/`)).toBe('AddressRefused');
  });

  it('is refused when only one of several addresses is private', async () => {
    const mixed = new AddressGuard({
      resolve: (_hostname, _options, callback) =>
        callback(null, [
          { address: '203.0.113.9', family: 4 },
          { address: '192.168.0.1', family: 4 },
        ]),
    });
    expect(await attack('http://mixed.example/', { guard: mixed })).toBe('AddressRefused');
  });
});

describe('an answer that is to wear us out', () => {
  it('is cut off at its bound, however much is sent', async () => {
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    let sent = 0;
    api.answer = (_request, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && sent < 1024) {
          sent += 1;
          if (!response.write(chunk)) {
            response.once('drain', more);
            return;
          }
        }
        response.end();
      };
      more();
    };
    expect(await attack(`http://127.0.0.1:${port}/`)).toBe('ResponseTooLarge');
    expect(sent).toBeLessThan(100);
  });

  it.each([
    ['header by header', '', 'x-drip: 1\r\n'],
    ['byte by byte', 'content-length: 1000000\r\n\r\n', 'x'],
  ])('is given up when it drips %s', async (_how, head, drop) => {
    const drips: NodeJS.Timeout[] = [];
    api.answer = (request) => {
      request.socket.write(`HTTP/1.1 200 OK\r\n${head}`);
      drips.push(setInterval(() => request.socket.write(drop), 20));
    };
    expect(await attack(`http://127.0.0.1:${port}/`, { timeoutMs: 300 })).toBe('Unreachable');
    drips.forEach(clearInterval);
  });

  it('has headers of bounded size', async () => {
    api.answer = (request) => {
      request.socket.end(`HTTP/1.1 200 OK\r\nx-large: ${'x'.repeat(1_000_000)}\r\n\r\n`);
    };
    expect(await attack(`http://127.0.0.1:${port}/`)).toBe('Unreachable');
  });
});

describe('a client certificate', () => {
  it('is shown to the API, also a rotated one, and to nobody that it redirects to', async () => {
    const authority = await CertificateAuthority.create('Test CA');
    const issue = async (commonName: string) => {
      const { certPem, keyPem } = await authority.issue({
        commonName,
        ipAddresses: ['127.0.0.1'],
        dnsNames: [],
      });
      return { cert: certPem, key: keyPem, ca: authority.certPem };
    };
    const server = await issue('server');
    const seen: unknown[] = [];
    const start = (answer: (path: string) => string | undefined) =>
      new Promise<{ url: string; stop: () => void }>((resolve) => {
        const started = createTlsServer(
          { ...server, requestCert: true, rejectUnauthorized: false },
          (request, response) => {
            const { subject } = (request.socket as TLSSocket).getPeerCertificate();
            seen.push(subject?.CN);
            const location = answer(request.url ?? '/');
            if (location === undefined) json(response, {});
            else response.writeHead(302, { location }).end();
          },
        ).listen(0, '127.0.0.1', () => {
          const { port: own } = started.address() as AddressInfo;
          resolve({
            url: `https://127.0.0.1:${own}`,
            stop: () => {
              started.close();
              started.closeAllConnections();
            },
          });
        });
      });
    const other = await start(() => undefined);
    const first = await start((path) => (path === '/away' ? `${other.url}/` : undefined));
    const trusting = { allowPrivate: true, timeoutMs: 5_000 };
    expect(await attack(first.url, trusting, await issue('client-1'))).toBe('answer {}');
    expect(await attack(first.url, trusting, await issue('client-2'))).toBe('answer {}');
    // The other host's authority is not among the public ones, so it is not even reached with our trust.
    expect(await attack(`${first.url}/away`, trusting, await issue('client-3'))).toBe('Unreachable');
    expect(seen).toEqual(['client-1', 'client-2', 'client-3']);
    [first, other].forEach(({ stop }) => stop());
  });
});
