import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A page of `PER_PAGE` records by `?page=`, from 1; empty beyond the last. Run as a process of its own, which nobody measures. */
const PER_PAGE = 1_000;
const START_MS = Date.UTC(2026, 0, 1);

/** Eight members, two of them numbers whose digits must survive; about 190 bytes. */
function record(index: number): string {
  const time = new Date(START_MS + index * 250).toISOString();
  const price = (100 + ((index * 7_919) % 100_000) / 1_000).toFixed(6);
  return `{"id":"k${index}","time":"${time}","symbol":"SYM${index % 500}","price":${price},"volume":${(index * 104_729) % 1_000_000_007},"venue":"XNY${index % 7}","note":"block trade ${index % 1_000}","currency":"USD"}`;
}

function page(number: number): Buffer {
  const first = number * PER_PAGE;
  return Buffer.from(`[${Array.from({ length: PER_PAGE }, (_, index) => record(first + index)).join(',')}]`);
}

const pages = Array.from({ length: Number(process.argv[2]) }, (_, number) => page(number));
const empty = Buffer.from('[]');
const server = createServer((request, response) => {
  const number = Number(new URL(request.url ?? '/', 'http://api').searchParams.get('page') ?? '1');
  const body = pages[number - 1] ?? empty;
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
});
server.listen(0, '127.0.0.1', () => {
  console.log(`listening on ${(server.address() as AddressInfo).port}`);
});
