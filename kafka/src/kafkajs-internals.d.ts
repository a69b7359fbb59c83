// The parts of kafkajs 2.2.4 (pinned; no release since 2023) that this seam uses below its public surface, and only those.

interface KafkajsRequest {
  apiKey: number;
  apiVersion: number;
  apiName: string;
  encode(): Promise<{ readonly buffer: Buffer }>;
}

interface KafkajsExchange<T, D = T> {
  request: KafkajsRequest;
  response: { decode(rawData: Buffer): Promise<D>; parse(data: D): Promise<T> };
  requestTimeout?: number;
}

declare module 'kafkajs/src/cluster/index.js' {
  import type { Socket } from 'node:net';
  export interface Connection {
    readonly clientId: string;
    readonly socket: Socket;
    readonly requestQueue: {
      push(request: {
        entry: {
          apiKey: number;
          apiVersion: number;
          apiName: string;
          correlationId: number;
          resolve: (answer: { payload: Buffer }) => void;
          reject: (error: Error) => void;
        };
        expectResponse: boolean;
        requestTimeout: number | null;
        sendRequest: () => void;
      }): void;
    };
    isAuthenticated(): boolean;
    authenticate(): Promise<void>;
    failIfNotConnected(): void;
    nextCorrelationId(): number;
  }
  export interface Broker {
    nodeId: number;
    connectionPool: {
      host: string;
      port: number;
      send<T, D>(exchange: KafkajsExchange<T, D>): Promise<T>;
      /** The one of all requests but Fetch. */
      getConnection(): Promise<Connection>;
    };
    listOffsets(request: {
      isolationLevel: number;
      topics: { topic: string; partitions: { partition: number; timestamp: string }[] }[];
    }): Promise<{ responses: { topic: string; partitions: { partition: number; offset: string }[] }[] }>;
    describeConfigs(request: {
      resources: { type: number; name: string; configNames: string[] }[];
    }): Promise<{ resources: { configEntries: { configName: string; configValue: string | null }[] }[] }>;
    offsetCommit(request: {
      groupId: string;
      groupGenerationId: number;
      memberId: string;
      topics: { topic: string; partitions: { partition: number; offset: string }[] }[];
    }): Promise<unknown>;
    addPartitionsToTxn(request: {
      transactionalId: string;
      producerId: string;
      producerEpoch: number;
      topics: { topic: string; partitions: number[] }[];
    }): Promise<unknown>;
    endTxn(request: {
      transactionalId: string;
      producerId: string;
      producerEpoch: number;
      transactionResult: boolean;
    }): Promise<unknown>;
  }
  export default class Cluster {
    constructor(options: {
      logger: unknown;
      socketFactory: unknown;
      brokers: string[];
      ssl?: object | boolean | undefined;
      sasl?: object | undefined;
      clientId: string;
      connectionTimeout: number;
      authenticationTimeout: number;
      requestTimeout: number;
      enforceRequestTimeout: boolean;
      metadataMaxAge: number;
      retry: object;
      allowAutoTopicCreation: boolean;
      isolationLevel?: number;
    });
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    refreshMetadata(): Promise<void>;
    refreshMetadataIfNecessary(): Promise<void>;
    addMultipleTargetTopics(topics: string[]): Promise<void>;
    findTopicPartitionMetadata(topic: string): { partitionId: number; leader: number }[];
    findBroker(node: { nodeId: number | string }): Promise<Broker>;
    findGroupCoordinator(group: { groupId: string; coordinatorType?: number }): Promise<Broker>;
    removeBroker(address: { host: string; port: number }): void;
  }
}

declare module 'kafkajs/src/loggers/index.js' {
  export function createLogger(options: {
    level: number;
    logCreator: (
      level: number,
    ) => (entry: { namespace: string; level: number; log: Record<string, unknown> }) => void;
  }): unknown;
}

declare module 'kafkajs/src/network/socketFactory.js' {
  export default function socketFactory(): unknown;
}

declare module 'kafkajs/src/network/requestQueue/index.js' {
  export default class RequestQueue {
    pending: unknown[];
    inflight: Map<number, { sentAt: number; requestTimeout: number; timeoutRequest(): void }>;
    enforceRequestTimeout: boolean;
    requestTimeoutIntervalId: NodeJS.Timeout | undefined;
    isConnected(): boolean;
    scheduleCheckPendingRequests(): void;
    scheduleRequestTimeoutCheck(): void;
    /** Ends the timers. */
    destroy(): void;
  }
}

declare module 'kafkajs/src/protocol/encoder.js' {
  export default class Encoder {
    buffer: Buffer;
    writeBoolean(value: boolean): this;
    writeInt8(value: number): this;
    writeInt16(value: number): this;
    writeInt32(value: number): this;
    /** The client takes numbers beyond 2^53 as text. */
    writeInt64(value: string): this;
    writeString(value: string): this;
    writeUVarInt(value: number): this;
    writeUVarIntString(value: string): this;
    writeBufferInternal(value: Buffer): void;
  }
}

declare module 'kafkajs/src/protocol/decoder.js' {
  export default class Decoder {
    constructor(buffer: Buffer);
    readBoolean(): boolean;
    readInt8(): number;
    readInt16(): number;
    readInt32(): number;
    readInt64(): { toString(): string };
    readString(): string;
    readBytes(length?: number): Buffer;
    readUVarInt(): number;
    readUVarIntString(): string | null;
    readTaggedFields(): unknown;
    readArray<T>(read: (decoder: this) => T): T[];
  }
}

declare module 'kafkajs/src/protocol/recordBatch/v0/decoder.js' {
  import type Decoder from 'kafkajs/src/protocol/decoder.js';
  export default function decodeRecordBatch(decoder: Decoder): Promise<{
    inTransaction: boolean;
    producerId: string;
    records: {
      offset: string;
      timestamp: string;
      key: Buffer | null;
      value: Buffer | null;
      headers: Record<string, Buffer | Buffer[]>;
      isControlRecord: boolean;
    }[];
  }>;
}

declare module 'kafkajs/src/protocol/error.js' {
  const errors: {
    failure(code: number): boolean;
    createErrorFromCode(code: number): Error & { type: string; code: number };
  };
  export default errors;
}

// For the tests: an independent implementation to compare ours with.
declare module 'kafkajs/src/protocol/recordBatch/crc32C/index.js' {
  export default function crc32C(bytes: Buffer): number;
}

declare module 'kafkajs/src/producer/partitioners/default/murmur2.js' {
  export default function murmur2(key: Buffer): number;
}

/** Only its tests' oracle: what kafkajs writes we must read as it does. */
declare module 'kafkajs/src/protocol/recordBatch/record/v0/index.js' {
  import type Encoder from 'kafkajs/src/protocol/encoder.js';
  export default function record(options: {
    offsetDelta: number;
    timestampDelta: number;
    key: Buffer | null;
    value: Buffer | null;
    headers: Record<string, string>;
  }): Encoder;
}

declare module 'kafkajs/src/protocol/recordBatch/v0/index.js' {
  import type Encoder from 'kafkajs/src/protocol/encoder.js';
  const recordBatch: {
    RecordBatch(options: {
      compression: number;
      firstOffset: number;
      firstTimestamp: number;
      maxTimestamp: number;
      lastOffsetDelta: number;
      records: Encoder[];
    }): Promise<Encoder>;
  };
  export default recordBatch;
}
