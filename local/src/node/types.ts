/** The pieces of a Pod as the node reads them. */
import type { Node, Pod, Wire } from '@tributary/operator/kube';

export type { Node, Pod, Wire };

export type PodSpec = NonNullable<Pod['spec']>;
export type PodStatus = NonNullable<Pod['status']>;
export type PodCondition = NonNullable<PodStatus['conditions']>[number];
export type ContainerSpec = PodSpec['containers'][number];
export type ContainerStatus = NonNullable<PodStatus['containerStatuses']>[number];
export type ContainerState = NonNullable<ContainerStatus['state']>;
export type EnvVar = NonNullable<ContainerSpec['env']>[number];
export type Volume = NonNullable<PodSpec['volumes']>[number];
export type VolumeMount = NonNullable<ContainerSpec['volumeMounts']>[number];
export type Probe = NonNullable<ContainerSpec['livenessProbe']>;
export type NodeStatus = NonNullable<Node['status']>;

/** What a pod may ask about where it runs. */
export interface PodFacts {
  podIP: string;
  hostIP: string;
  /** Stands in for limits that a container does not have. */
  allocatable: Record<string, string>;
}

export function specOf(pod: Pod): PodSpec {
  if (pod.spec === undefined) throw new TypeError(`pod ${pod.metadata.name} has no spec`);
  return pod.spec;
}

export function uidOf(pod: Pod): string {
  const { uid } = pod.metadata;
  if (uid === undefined) throw new TypeError(`pod ${pod.metadata.name} has no uid`);
  return uid;
}
