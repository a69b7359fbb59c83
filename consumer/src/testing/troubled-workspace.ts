import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What becomes of an upload: it works; its sender hears nothing of it, or not before it is given up; it comes later. */
export type UploadFate = 'works' | 'late' | 'answerLost' | 'hangs';

interface ListedEntry {
  readonly is_directory?: boolean;
  readonly last_modified?: number;
}

/** Between consumers and a workspace: listings that are behind, files that arrive late, requests that stand still. */
export class TroubledWorkspace {
  readonly #target: string;
  readonly #server: Server;
  readonly #late = new Set<() => Promise<void>>();
  /** Listings leave out files that are newer, in milliseconds since the epoch. */
  listedUpTo = Number.POSITIVE_INFINITY;
  fateOf: () => UploadFate = () => 'works';
  /** How long after its sender took it for lost a late file arrives, in milliseconds. */
  latenessMs: () => number = () => 0;
  /** How often each fate but `works` was met, and how many entries were left out of listings. */
  readonly met = { late: 0, answerLost: 0, hangs: 0, unlisted: 0 };

  private constructor(target: string) {
    this.#target = target;
    this.#server = createServer((request, response) => {
      this.#handle(request, response).catch(() => response.destroy());
    });
  }

  static async start(target: string): Promise<TroubledWorkspace> {
    const workspace = new TroubledWorkspace(target);
    await new Promise<void>((resolve) => workspace.#server.listen(0, '127.0.0.1', resolve));
    return workspace;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** No more trouble; what is still on its way arrives now. */
  async settle(): Promise<void> {
    this.fateOf = () => 'works';
    this.listedUpTo = Number.POSITIVE_INFINITY;
    await Promise.all([...this.#late].map((deliver) => deliver()));
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const isUpload = request.method === 'PUT' && request.url?.startsWith('/api/2.0/fs/files/') === true;
    const fate = isUpload ? this.fateOf() : 'works';
    if (fate !== 'works') this.met[fate] += 1;
    if (fate === 'hangs') return;
    if (fate === 'late') this.#deliverLater(request, body);
    if (fate === 'answerLost') await this.#forward(request, body);
    if (fate !== 'works') return void response.destroy();
    const answer = await this.#forward(request, body);
    const isListing =
      request.method === 'GET' && request.url?.startsWith('/api/2.0/fs/directories/') === true;
    const bytes = Buffer.from(await answer.arrayBuffer());
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
    response.end(isListing && answer.ok ? this.#behind(bytes) : bytes);
  }

  #deliverLater(request: IncomingMessage, body: Buffer): void {
    const deliver = async (): Promise<void> => {
      clearTimeout(timer);
      if (this.#late.delete(deliver)) await this.#forward(request, body).catch(() => undefined);
    };
    const timer = setTimeout(() => void deliver(), this.latenessMs());
    this.#late.add(deliver);
  }

  #forward({ method = 'GET', url = '/', headers }: IncomingMessage, body: Buffer): Promise<Response> {
    const { authorization = '', 'content-type': type = '', range } = headers;
    return fetch(`${this.#target}${url}`, {
      method,
      headers: { authorization, 'content-type': type, ...(range === undefined ? {} : { range }) },
      ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
    });
  }

  #behind(bytes: Buffer): string {
    const page = JSON.parse(bytes.toString('utf8')) as { contents?: ListedEntry[] };
    const contents = page.contents ?? [];
    const listed = contents.filter(
      ({ is_directory: isDirectory, last_modified: modified = 0 }) =>
        isDirectory === true || modified <= this.listedUpTo,
    );
    this.met.unlisted += contents.length - listed.length;
    return JSON.stringify({ ...page, contents: listed });
  }
}
