/**
 * Leases in memory with the API server's optimistic concurrency, for tests in which time is made up.
 * The same elector is tested against a real API server in api-server-suite.ts.
 */
import { KubeApiError } from '../errors.ts';
import type { KubeClient, KubeObject, ResourceType } from '../types.ts';

export class MemoryLeases {
  #objects = new Map<string, KubeObject>();
  #version = 0;
  writes = 0;

  peek(name: string): KubeObject | undefined {
    return this.#objects.get(name);
  }

  /** A client that sees these leases, unless `isDown` says that it cannot reach them. */
  client(isDown: () => boolean = () => false): Pick<KubeClient, 'get' | 'create' | 'update'> {
    const reach = () => {
      if (isDown()) throw new KubeApiError({ code: 0, reason: 'ConnectionFailed', message: 'down' });
    };
    return {
      get: async <T extends KubeObject>(_type: ResourceType<T>, name: string) => {
        reach();
        return structuredClone(this.#objects.get(name)) as T | undefined;
      },
      create: async <T extends KubeObject>(_type: ResourceType<T>, object: T) => {
        reach();
        if (this.#objects.has(object.metadata.name)) throw conflict('AlreadyExists');
        return this.#store(object);
      },
      update: async <T extends KubeObject>(_type: ResourceType<T>, object: T) => {
        reach();
        const known = this.#objects.get(object.metadata.name);
        if (known?.metadata.resourceVersion !== object.metadata.resourceVersion) throw conflict('Conflict');
        return this.#store(object);
      },
    };
  }

  #store<T extends KubeObject>(object: T): T {
    const stored = structuredClone(object);
    stored.metadata.resourceVersion = String(++this.#version);
    this.#objects.set(object.metadata.name, stored);
    this.writes += 1;
    return structuredClone(stored);
  }
}

function conflict(reason: string): KubeApiError {
  return new KubeApiError({ code: 409, reason, message: reason });
}
