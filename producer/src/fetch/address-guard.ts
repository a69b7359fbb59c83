import { lookup as dnsLookup, type LookupAddress, type LookupAllOptions } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { UpstreamError } from './upstream-error.ts';

/** Addresses that a feed may only reach when its spec says allowPrivate. */
const PRIVATE = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  PRIVATE.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  ['::', 96],
  ['2002::', 16],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  PRIVATE.addSubnet(network, prefix, 'ipv6');
}

export function isPrivateAddress(address: string): boolean {
  // BlockList reads an IPv4-mapped address (::ffff:a.b.c.d) as the IPv4 one it is.
  return PRIVATE.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** How names become addresses; Node's by default. */
export type Resolve = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Keeps requests away from addresses that are not public, whatever a URL, a redirect or a name server says. */
export class AddressGuard {
  readonly #resolve: Resolve;
  readonly #isPrivate: (address: string) => boolean;

  constructor({
    resolve = dnsLookup,
    isPrivate = isPrivateAddress,
  }: { resolve?: Resolve; isPrivate?: (address: string) => boolean } = {}) {
    this.#resolve = resolve;
    this.#isPrivate = isPrivate;
  }

  /** A literal address never passes a lookup, so it is checked by itself. */
  assertPublic(hostname: string): void {
    const host = hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && this.#isPrivate(host)) throw refused(host, host);
  }

  /** For sockets: what is checked is what is connected to, so a name that changes its mind in between gains nothing. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    this.#resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, '', 0);
        return;
      }
      const bad = addresses.find(({ address }) => this.#isPrivate(address));
      const [first] = addresses;
      if (bad !== undefined) callback(refused(hostname, bad.address), '', 0);
      else if (first === undefined)
        callback(Object.assign(new Error(`${hostname} has no address`), { code: 'ENOTFOUND' }), '', 0);
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

function refused(host: string, address: string): UpstreamError {
  return new UpstreamError(
    'AddressRefused',
    `${host} is the private address ${address}; set allowPrivate: true if that is meant`,
  );
}
