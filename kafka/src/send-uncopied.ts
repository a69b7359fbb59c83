import type { Broker, Connection } from 'kafkajs/src/cluster/index.js';
import Encoder from 'kafkajs/src/protocol/encoder.js';

/**
 * Sends a request in parts as they are. kafkajs copies one three times into buffers of the next power of two, which for a page of
 * records is megabytes that live until the next collection. Everything else is the connection's: login, order, timeouts.
 */
export async function sendUncopied(
  broker: Broker,
  request: { apiKey: number; apiVersion: number; apiName: string },
  parts: readonly Buffer[],
): Promise<Buffer> {
  const connection = await broker.connectionPool.getConnection();
  if (!connection.isAuthenticated()) await connection.authenticate();
  connection.failIfNotConnected();
  const correlationId = connection.nextCorrelationId();
  const header = headerOf(connection.clientId, request, correlationId);
  const size = parts.reduce((sum, part) => sum + part.length, header.length);
  const length = Buffer.alloc(4);
  length.writeInt32BE(size);
  const { payload } = await new Promise<{ payload: Buffer }>((resolve, reject) => {
    connection.requestQueue.push({
      entry: { ...request, correlationId, resolve, reject },
      expectResponse: true,
      requestTimeout: null,
      sendRequest: () => write(connection, [length, header, ...parts]),
    });
  });
  return payload;
}

function headerOf(
  clientId: string,
  { apiKey, apiVersion }: { apiKey: number; apiVersion: number },
  correlationId: number,
): Buffer {
  const encoder = new Encoder();
  encoder.writeInt16(apiKey);
  encoder.writeInt16(apiVersion);
  encoder.writeInt32(correlationId);
  encoder.writeString(clientId);
  return encoder.buffer;
}

function write({ socket }: Connection, parts: readonly Buffer[]): void {
  socket.cork();
  for (const part of parts) socket.write(part);
  socket.uncork();
}
