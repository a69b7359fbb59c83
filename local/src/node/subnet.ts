/**
 * The addresses of one node: 127.<n>.0.0/16, held by listening on its first address. Whoever holds the kubelet's port
 * there holds the subnet, so two stacks on one machine never share one, and a crash gives it back.
 */
import { createServer, type Server } from 'node:net';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FIRST = 64;
const LAST = 250;
export const KUBELET_PORT = 10_250;
/** The last two numbers of an address that pods may have: 1.0 to 255.254, `x.255` left out. */
const PER_BLOCK = 255;
const BLOCKS = 255;

export type Bindable = 'free' | 'taken' | 'unavailable';

/** Tries to listen, and stops at once. */
export async function probePort(address: string, port: number): Promise<Bindable> {
  const server = createServer();
  const outcome = await listen(server, address, port);
  if (outcome === 'free') await new Promise((resolve) => server.close(resolve));
  return outcome;
}

function listen(server: Server, address: string, port: number): Promise<Bindable> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve('taken');
      else if (error.code === 'EADDRNOTAVAIL') resolve('unavailable');
      else reject(error);
    });
    server.listen({ host: address, port, exclusive: true }, () => resolve('free'));
  });
}

/** Finds a subnet and lets `serve` listen on its first address; the one in `<workDir>/subnet` is tried first. */
export async function claimSubnet(
  workDir: string,
  server: Server,
  signal?: AbortSignal,
): Promise<{ prefix: string; address: string }> {
  const memory = join(workDir, 'subnet');
  const kept = readKept(memory);
  const all = Array.from({ length: LAST - FIRST + 1 }, (_, index) => FIRST + index);
  // Two stacks that start at once should not try the same ones.
  const start = Math.floor(Math.random() * all.length);
  const order = [...(kept === undefined ? [] : [kept]), ...all.slice(start), ...all.slice(0, start)];
  for (const number of order) {
    signal?.throwIfAborted();
    const address = `127.${number}.0.1`;
    const outcome = await listen(server, address, KUBELET_PORT);
    server.removeAllListeners('error');
    if (outcome === 'unavailable')
      throw new Error(
        `the local node needs addresses such as ${address}, which this system does not answer to`,
      );
    if (outcome === 'taken') continue;
    writeFileSync(memory, `${number}\n`);
    return { prefix: `127.${number}`, address };
  }
  throw new Error(`port ${KUBELET_PORT} is taken on every address from 127.${FIRST}.0.1 to 127.${LAST}.0.1`);
}

function readKept(path: string): number | undefined {
  try {
    const number = Number(readFileSync(path, 'utf8'));
    return Number.isInteger(number) && number >= FIRST && number <= LAST ? number : undefined;
  } catch {
    return undefined; // the first run in this folder
  }
}

/** Hands out the addresses of the subnet; one that was given back is used again last. */
export class PodAddresses {
  readonly #prefix: string;
  readonly #byPod = new Map<string, string>();
  #next = 0;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /**
   * An address on which none of `ports` is taken. `wanted`, what the pod had before the node was restarted, is kept
   * where it belongs to this subnet and is free.
   */
  async allocate(podUid: string, ports: readonly number[], wanted?: string): Promise<string> {
    const known = this.#byPod.get(podUid);
    if (known !== undefined) return known;
    if (wanted?.startsWith(`${this.#prefix}.`) === true && !this.#isTaken(wanted)) {
      this.#byPod.set(podUid, wanted);
      return wanted;
    }
    for (let tries = 0; tries < BLOCKS * PER_BLOCK; tries += 1) {
      const index = this.#next++ % (BLOCKS * PER_BLOCK);
      const address = `${this.#prefix}.${1 + Math.floor(index / PER_BLOCK)}.${index % PER_BLOCK}`;
      if (this.#isTaken(address)) continue;
      // Taken before the first wait, so that no two pods probe the same one.
      this.#byPod.set(podUid, address);
      const outcomes = await Promise.all(ports.map((port) => probePort(address, port)));
      if (outcomes.every((outcome) => outcome === 'free')) return address;
      this.#byPod.delete(podUid);
      // A program that listens on all addresses takes the port on each of them.
      if (tries >= 8)
        throw new Error(`port ${ports.join(' or ')} is taken on every address by another program`);
    }
    throw new Error(`the subnet ${this.#prefix}.0.0/16 is used up`);
  }

  release(podUid: string): void {
    this.#byPod.delete(podUid);
  }

  #isTaken(address: string): boolean {
    return [...this.#byPod.values()].includes(address);
  }
}
