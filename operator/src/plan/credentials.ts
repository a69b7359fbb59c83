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

/** How a consumer logs in to Databricks. */
export interface ConnectionPlan {
  /** Of its Secret. */
  keys: readonly string[];
  /** Of the token that its service account presents instead of a secret. */
  audience?: string;
}

/** Ways to log in; the first that a connection Secret has all keys of counts. */
const LOGINS: readonly (readonly string[])[] = [
  ['host', 'clientId', 'auth'],
  ['host', 'token'],
  ['host', 'clientId', 'clientSecret'],
];

/** The keys of a connection Secret that count, of those it has; undefined where they are not enough. */
export function connectionKeys(present: readonly string[]): readonly string[] | undefined {
  return LOGINS.find((keys) => keys.every((key) => present.includes(key)));
}

/** Whether they say that a token of the service account is exchanged for one of Databricks. */
export function isFederation(keys: readonly string[]): boolean {
  return keys.includes('auth');
}
