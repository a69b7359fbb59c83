import {
  feedName,
  topicNames,
  type Column,
  type FeedSeries,
  type QuotaShare,
  type StreamSourceSpec,
} from '@tributary/api';
import type { OwnerReference } from '../kube/index.ts';

/** A StreamSource that has been validated: what every plan starts from. */
export interface Feed {
  namespace: string;
  name: string;
  uid: string;
  spec: StreamSourceSpec;
  /** Declared ones and those of the preset, in order. */
  columns: Column[];
  /** What is known of it as a time series, by itself or its preset. */
  series?: FeedSeries | undefined;
  /** Its part of the APIQuota that it names; undefined where it names none. */
  share?: QuotaShare;
}

export type FeedRef = Pick<Feed, 'namespace' | 'name' | 'uid'>;

export const COMPONENTS = ['producer', 'consumer'] as const;
export type Component = (typeof COMPONENTS)[number];

/** `<ns>.<name>`, the feed's name outside of Kubernetes. */
export function fullName({ namespace, name }: FeedRef): string {
  return feedName(namespace, name);
}

export function feedTopics(feed: FeedRef): ReturnType<typeof topicNames> {
  return topicNames(fullName(feed));
}

/** Kafka principal and KafkaUser of one pod. */
export function userName(feed: FeedRef, component: Component): string {
  return `${fullName(feed)}.${component}`;
}

/** Makes the object go with its StreamSource, and says that nobody else controls it. */
export function ownedBy({ name, uid }: FeedRef): OwnerReference[] {
  return [
    {
      apiVersion: 'tributary.dev/v1alpha1',
      kind: 'StreamSource',
      name,
      uid,
      controller: true,
      blockOwnerDeletion: true,
    },
  ];
}
