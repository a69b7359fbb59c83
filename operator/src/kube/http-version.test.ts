/** Which HTTP our requests come by, where the API server, and a proxy before it, offer HTTP/2 as well. */
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type IncomingMessage } from 'node:http';
import { createSecureServer } from 'node:http2';
import { connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls';
import { CertificateAuthority } from '@tributary/local/testing';
import { connectKube } from './connection.ts';
import { ConfigMapResource } from './resources.ts';
import { configMap } from './testing/scripted-server.ts';

const OBJECT = configMap('a', '1');
let authority: CertificateAuthority;
let certificate: { cert: string; key: string };
/** What was agreed with whoever connected, by ALPN. */
let agreed: (string | false | null)[];
let came: string[];
let apiServer: string;
const sockets = new Set<Socket>();
const close: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  authority = await CertificateAuthority.create('test');
  const { certPem, keyPem } = await authority.issue({ commonName: 'x', ipAddresses: ['127.0.0.1'] });
  certificate = { cert: certPem, key: keyPem };
});

beforeEach(async () => {
  agreed = [];
  came = [];
  const server = secureServer();
  server.on('request', ({ httpVersion, url }, response) => {
    came.push(httpVersion);
    response.writeHead(200, { 'content-type': 'application/json' });
    if (url.includes('watch=')) response.write(`${JSON.stringify({ type: 'ADDED', object: OBJECT })}\n`);
    else response.end(JSON.stringify(OBJECT));
  });
  apiServer = `https://${await listen(server)}`;
});

afterEach(async () => {
  for (const each of close.splice(0)) await each();
});

/** As the API server does, it would rather speak HTTP/2. */
function secureServer() {
  const server = createSecureServer({ ...certificate, allowHTTP1: true });
  server.on('secureConnection', ({ alpnProtocol }: TLSSocket) => agreed.push(alpnProtocol));
  return server;
}

async function listen(server: Server): Promise<string> {
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** As CONNECT asks for. */
function tunnel({ url = '' }: IncomingMessage, socket: Socket): void {
  const [host = '', port] = url.split(':');
  const target = connect(Number(port), host, () => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    target.pipe(socket).pipe(target);
  });
  for (const end of [socket, target]) end.on('error', () => undefined);
}

/** A read and the first event of a watch: the two pools. */
async function ask(proxyUrl?: string): Promise<void> {
  const client = connectKube({
    userAgent: 'test',
    credentials: {
      load: async () => ({
        server: apiServer,
        tls: { ca: authority.certPem },
        headers: {},
        ...(proxyUrl === undefined ? {} : { proxyUrl }),
      }),
    },
  });
  close.unshift(() => client.close());
  await client.get(ConfigMapResource, 'a', 'default');
  const stop = new AbortController();
  const selector = { namespace: 'default', resourceVersion: '1', timeoutSeconds: 60 };
  for await (const _ of client.watch(ConfigMapResource, selector, stop.signal)) break;
  stop.abort();
}

describe('a request where HTTP/2 is offered', () => {
  it('comes by HTTP/1.1', async () => {
    await ask();
    expect(came).toEqual(['1.1', '1.1']);
    expect(agreed).toEqual(['http/1.1', 'http/1.1']);
  });

  it('comes by HTTP/1.1 through a proxy', async () => {
    const proxy = createServer();
    proxy.on('connect', tunnel);
    await ask(`http://${await listen(proxy)}`);
    expect(came).toEqual(['1.1', '1.1']);
    expect(agreed).toEqual(['http/1.1', 'http/1.1']);
  });

  it('comes by HTTP/1.1 through a proxy that offers HTTP/2 itself', async () => {
    const trusted = getCACertificates('default');
    setDefaultCACertificates([...trusted, authority.certPem]);
    close.push(async () => setDefaultCACertificates(trusted));
    const proxy = secureServer();
    proxy.on('connect', tunnel);
    await ask(`https://${await listen(proxy)}`);
    expect(came).toEqual(['1.1', '1.1']);
    expect(agreed).toEqual(['http/1.1', 'http/1.1', 'http/1.1', 'http/1.1']);
  });
});
