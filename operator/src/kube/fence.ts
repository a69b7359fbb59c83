/** A client that refuses to write once the lease may have passed to another (operator contract: late writes change nothing). */
import type { Leadership } from './elector.ts';
import type { KubeClient } from './types.ts';

/** Asks before every try of every write, retries after a 429 included. Reads pass. */
export function fencedClient(client: KubeClient, leadership: Pick<Leadership, 'assertHeld'>): KubeClient {
  const beforeTry = () => leadership.assertHeld();
  return {
    get: (type, name, namespace, signal) => client.get(type, name, namespace, signal),
    list: (type, selector, signal) => client.list(type, selector, signal),
    watch: (type, selector, signal) => client.watch(type, selector, signal),
    text: (path, signal) => client.text(path, signal),
    create: (type, object, options) => client.create(type, object, { ...options, beforeTry }),
    update: (type, object, options) => client.update(type, object, { ...options, beforeTry }),
    apply: (type, object, options) => client.apply(type, object, { ...options, beforeTry }),
    mergePatch: (type, name, namespace, patch, options) =>
      client.mergePatch(type, name, namespace, patch, { ...options, beforeTry }),
    delete: (type, name, namespace, options) =>
      client.delete(type, name, namespace, { ...options, beforeTry }),
    request: (method, path, body, options) =>
      client.request(method, path, body, method === 'GET' ? options : { ...options, beforeTry }),
    close: () => client.close(),
  };
}
