import type { Broker } from 'kafkajs/src/cluster/index.js';
import Encoder from 'kafkajs/src/protocol/encoder.js';
import type { SpareBuffers } from './spare-buffers.ts';

const LENGTH_BYTES = 4;

/**
 * Sends a request whose parts are large. kafkajs copies one three times into buffers of the next power of two, which for a page of
 * records is megabytes that live until the next collection, and TLS puts what comes in parts together in memory of its own.
 * Here they are copied once, into a buffer that is used again. Everything else is the connection's: login, order, timeouts.
 */
export async function sendParts(
  broker: Broker,
  request: { apiKey: number; apiVersion: number; apiName: string },
  parts: readonly Buffer[],
  spare: SpareBuffers,
): Promise<Buffer> {
  const connection = await broker.connectionPool.getConnection();
  if (!connection.isAuthenticated()) await connection.authenticate();
  connection.failIfNotConnected();
  const correlationId = connection.nextCorrelationId();
  const header = headerOf(connection.clientId, request, correlationId);
  const size = parts.reduce((sum, part) => sum + part.length, header.length);
  const whole = spare.take(LENGTH_BYTES + size);
  let at = whole.writeInt32BE(size);
  for (const part of [header, ...parts]) at += part.copy(whole, at);
  const { payload } = await new Promise<{ payload: Buffer }>((resolve, reject) => {
    connection.requestQueue.push({
      entry: { ...request, correlationId, resolve, reject },
      expectResponse: true,
      requestTimeout: null,
      sendRequest: () => void connection.socket.write(whole.subarray(0, at)),
    });
  });
  // It has been answered, so the socket is done with it.
  spare.give(whole);
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
