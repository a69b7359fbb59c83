/**
 * The kinds of Kubernetes as they travel: client-node's generated models with dates as the text they are in JSON, and
 * with `apiVersion`, `kind` and `metadata` always there. Types only; nothing of client-node is loaded for them.
 */
import type { CoreV1Event } from '@kubernetes/client-node/dist/gen/models/CoreV1Event.js';
import type { EventsV1Event } from '@kubernetes/client-node/dist/gen/models/EventsV1Event.js';
import type { V1ClusterRole } from '@kubernetes/client-node/dist/gen/models/V1ClusterRole.js';
import type { V1ClusterRoleBinding } from '@kubernetes/client-node/dist/gen/models/V1ClusterRoleBinding.js';
import type { V1ConfigMap } from '@kubernetes/client-node/dist/gen/models/V1ConfigMap.js';
import type { V1CustomResourceDefinition } from '@kubernetes/client-node/dist/gen/models/V1CustomResourceDefinition.js';
import type { V1Deployment } from '@kubernetes/client-node/dist/gen/models/V1Deployment.js';
import type { V1Lease } from '@kubernetes/client-node/dist/gen/models/V1Lease.js';
import type { V1Namespace } from '@kubernetes/client-node/dist/gen/models/V1Namespace.js';
import type { V1NetworkPolicy } from '@kubernetes/client-node/dist/gen/models/V1NetworkPolicy.js';
import type { V1Node } from '@kubernetes/client-node/dist/gen/models/V1Node.js';
import type { V1PersistentVolume } from '@kubernetes/client-node/dist/gen/models/V1PersistentVolume.js';
import type { V1PersistentVolumeClaim } from '@kubernetes/client-node/dist/gen/models/V1PersistentVolumeClaim.js';
import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import type { V1ReplicaSet } from '@kubernetes/client-node/dist/gen/models/V1ReplicaSet.js';
import type { V1Role } from '@kubernetes/client-node/dist/gen/models/V1Role.js';
import type { V1RoleBinding } from '@kubernetes/client-node/dist/gen/models/V1RoleBinding.js';
import type { V1Secret } from '@kubernetes/client-node/dist/gen/models/V1Secret.js';
import type { V1Service } from '@kubernetes/client-node/dist/gen/models/V1Service.js';
import type { V1ServiceAccount } from '@kubernetes/client-node/dist/gen/models/V1ServiceAccount.js';
import type { V1StorageClass } from '@kubernetes/client-node/dist/gen/models/V1StorageClass.js';
import type { KubeObject } from './types.ts';

/** A model of client-node as JSON has it. */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer E)[]
    ? Wire<E>[]
    : T extends object
      ? { [K in keyof T]: Wire<T[K]> }
      : T;

type Kind<T> = KubeObject & Omit<Wire<T>, keyof KubeObject>;

export type Pod = Kind<V1Pod>;
export type Secret = Kind<V1Secret>;
export type ConfigMap = Kind<V1ConfigMap>;
export type Service = Kind<V1Service>;
export type ServiceAccount = Kind<V1ServiceAccount>;
export type Namespace = Kind<V1Namespace>;
export type Node = Kind<V1Node>;
export type PersistentVolume = Kind<V1PersistentVolume>;
export type PersistentVolumeClaim = Kind<V1PersistentVolumeClaim>;
export type CoreEvent = Kind<CoreV1Event>;
export type Event = Kind<EventsV1Event>;
export type Deployment = Kind<V1Deployment>;
export type ReplicaSet = Kind<V1ReplicaSet>;
export type Lease = Kind<V1Lease>;
export type NetworkPolicy = Kind<V1NetworkPolicy>;
export type StorageClass = Kind<V1StorageClass>;
export type Role = Kind<V1Role>;
export type RoleBinding = Kind<V1RoleBinding>;
export type ClusterRole = Kind<V1ClusterRole>;
export type ClusterRoleBinding = Kind<V1ClusterRoleBinding>;
export type CustomResourceDefinition = Kind<V1CustomResourceDefinition>;

/** An object of a custom resource whose own types live elsewhere: narrow it with `retype`. */
export interface CustomObject extends KubeObject {
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
}
