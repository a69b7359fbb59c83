/**
 * Holds the subnet by listening from the first moment on: the port is claimed before there is a certificate for its
 * address, so connections are handed on to the real server once it exists.
 */
import { createServer, type Socket } from 'node:net';
import type { Server as HttpsServer } from 'node:https';
import { claimSubnet } from './subnet.ts';

export class AddressHold {
  readonly #sockets = new Set<Socket>();
  readonly #listener = createServer((socket) => {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    if (this.#server === undefined) socket.destroy();
    else this.#server.emit('connection', socket);
  });
  #server: HttpsServer | undefined;

  claim(workDir: string, signal?: AbortSignal): Promise<{ prefix: string; address: string }> {
    return claimSubnet(workDir, this.#listener, signal);
  }

  serve(server: HttpsServer): void {
    this.#server = server;
  }

  async release(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#listener.close(resolve));
  }
}
