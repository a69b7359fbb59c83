/** One connection to the broker as its admin, opened when needed and again after it broke. */
import { Connection } from '@platformatic/kafka';
import type { BrokerAccess } from '../broker/index.ts';

/** The broker refused a request; `reason` is Kafka's own name for it, such as `TOPIC_ALREADY_EXISTS`. */
export class BrokerError extends Error {
  override readonly name = 'BrokerError';
  readonly code = 'BrokerRefused';
  readonly reason: string;

  constructor(reason: string, message: string, cause: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}

export class BrokerConnection {
  readonly #access: BrokerAccess;
  #connection: Promise<Connection> | undefined;

  constructor(access: BrokerAccess) {
    this.#access = access;
  }

  /** Rejects with `BrokerError` where the broker answered, with the network's error where it did not. */
  async ask<T>(request: (connection: Connection) => Promise<T>): Promise<T> {
    const connecting = (this.#connection ??= this.#open());
    try {
      return await request(await connecting);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal !== undefined) throw refusal;
      // Whatever state it is in now, the next request has a new one.
      if (this.#connection === connecting) await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const connecting = this.#connection;
    this.#connection = undefined;
    // One that never opened needs no closing.
    const connection = await connecting?.catch(() => undefined);
    await connection?.close().catch(() => undefined);
  }

  async #open(): Promise<Connection> {
    const { bootstrapServers, caPem, adminUser } = this.#access;
    const [host = '', port] = bootstrapServers.split(',')[0]?.split(':') ?? [];
    const connection = new Connection('tributary-local-strimzi', {
      tls: { ca: [caPem] },
      sasl: { mechanism: 'SCRAM-SHA-512', username: adminUser.username, password: adminUser.password },
      connectTimeout: 5_000,
      requestTimeout: 15_000,
    });
    // Without a listener it would end the process; the request at hand is told as well.
    connection.on('error', () => undefined);
    connection.on('close', () => {
      this.#connection = undefined;
    });
    await connection.connect(host, Number(port));
    return connection;
  }
}

interface Refusal {
  apiId: string;
  message: string;
  serverErrorMessage?: string | null;
}

/** The first of the broker's errors; several of them are of one kind here, since each request is about one thing. */
function refusalOf(error: unknown): BrokerError | undefined {
  if (typeof error !== 'object' || error === null || !('errors' in error) || !Array.isArray(error.errors))
    return undefined;
  const refusal = error.errors.find(
    (each: unknown): each is Refusal => typeof each === 'object' && each !== null && 'apiId' in each,
  );
  if (refusal === undefined) return undefined;
  return new BrokerError(refusal.apiId, refusal.serverErrorMessage ?? refusal.message, error);
}
