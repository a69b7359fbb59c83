import type { StreamSourceSpec } from '@tributary/api';
import type { Secret } from '../kube/index.ts';
import type { Broker } from './broker.ts';
import { ownedBy, type Component, type Feed } from './feed.ts';
import { childLabels } from './labels.ts';
import { childName } from './names.ts';

/** Mirrors beside the feed what its pod needs to log in to Kafka. `password` is base64, as the API has it; empty for none. */
export function planCredentials(
  feed: Feed,
  component: Component,
  { ca }: Pick<Broker, 'ca'>,
  password: string,
): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: childName(feed.name, component),
      namespace: feed.namespace,
      labels: childLabels(feed, component),
      ownerReferences: ownedBy(feed),
    },
    type: 'Opaque',
    data: {
      ...(password === '' ? {} : { password }),
      ...(ca === undefined ? {} : { 'ca.crt': Buffer.from(ca).toString('base64') }),
    },
  };
}

/** Keys of one Secret that the spec refers to. */
export interface SecretUse {
  name: string;
  keys: string[];
}

/** Every `secretKeyRef` of the source, by Secret: what the producer mounts and nothing more. */
export function sourceSecrets(source: StreamSourceSpec['source']): SecretUse[] {
  const keys = new Map<string, Set<string>>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (isKeyRef(value)) {
      const { name, key } = value.secretKeyRef;
      keys.set(name, (keys.get(name) ?? new Set()).add(key));
      return;
    }
    for (const member of Object.values(value)) visit(member);
  };
  visit(source);
  return [...keys]
    .map(([name, used]) => ({ name, keys: [...used].toSorted() }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function isKeyRef(value: object): value is { secretKeyRef: { name: string; key: string } } {
  if (!('secretKeyRef' in value)) return false;
  const ref = value.secretKeyRef;
  return typeof ref === 'object' && ref !== null && 'name' in ref && 'key' in ref;
}

const CONNECTION_KEYS = ['host', 'token', 'clientId', 'clientSecret'];

/** The keys of a connection Secret that count, of those it has: a token wins over a client. */
export function connectionKeys(present: readonly string[]): string[] | undefined {
  const has = (key: string): boolean => present.includes(key);
  if (!has('host')) return undefined;
  if (has('token')) return ['host', 'token'];
  return has('clientId') && has('clientSecret')
    ? CONNECTION_KEYS.filter((key) => key !== 'token')
    : undefined;
}
