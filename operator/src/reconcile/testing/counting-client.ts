import type { KubeClient } from '../../kube/index.ts';

/** Notes every write that is no event, as `verb Kind namespace/name`. */
export function countingClient(client: KubeClient, writes: string[]): KubeClient {
  const note = (verb: string, kind: string, name: string, namespace = ''): void => {
    if (kind !== 'Event' && kind !== 'Lease') writes.push(`${verb} ${kind} ${namespace}/${name}`);
  };
  return {
    get: (type, name, namespace, signal) => client.get(type, name, namespace, signal),
    list: (type, selector, signal) => client.list(type, selector, signal),
    watch: (type, selector, signal) => client.watch(type, selector, signal),
    text: (path, signal) => client.text(path, signal),
    request: (method, path, body, options) => client.request(method, path, body, options),
    close: () => client.close(),
    create(type, object, options) {
      note('create', type.kind, object.metadata.name, object.metadata.namespace);
      return client.create(type, object, options);
    },
    update(type, object, options) {
      note(options?.subresource ?? 'update', type.kind, object.metadata.name, object.metadata.namespace);
      return client.update(type, object, options);
    },
    apply(type, object, options) {
      note('apply', type.kind, object.metadata.name, object.metadata.namespace);
      return client.apply(type, object, { ...options, fieldValidation: 'Strict' });
    },
    mergePatch(type, name, namespace, patch, options) {
      note('patch', type.kind, name, namespace);
      return client.mergePatch(type, name, namespace, patch, options);
    },
    delete(type, name, namespace, options) {
      note('delete', type.kind, name, namespace);
      return client.delete(type, name, namespace, options);
    },
  };
}
