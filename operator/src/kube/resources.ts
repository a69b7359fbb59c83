/** The resources that Tributary reads and writes, by name. */
import type {
  ClusterRole,
  ClusterRoleBinding,
  ConfigMap,
  CoreEvent,
  CustomObject,
  CustomResourceDefinition,
  Deployment,
  Event,
  Lease,
  Namespace,
  NetworkPolicy,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  ReplicaSet,
  Role,
  RoleBinding,
  Secret,
  Service,
  ServiceAccount,
  StorageClass,
} from './kinds.ts';
import type { KubeObject, ResourceType } from './types.ts';

function resource<T extends KubeObject>(
  group: string,
  version: string,
  plural: string,
  kind: string,
  namespaced = true,
): ResourceType<T> {
  return { group, version, plural, kind, namespaced };
}

const CLUSTER_WIDE = false;

export const PodResource = resource<Pod>('', 'v1', 'pods', 'Pod');
export const SecretResource = resource<Secret>('', 'v1', 'secrets', 'Secret');
export const ConfigMapResource = resource<ConfigMap>('', 'v1', 'configmaps', 'ConfigMap');
export const ServiceResource = resource<Service>('', 'v1', 'services', 'Service');
export const ServiceAccountResource = resource<ServiceAccount>('', 'v1', 'serviceaccounts', 'ServiceAccount');
export const NamespaceResource = resource<Namespace>('', 'v1', 'namespaces', 'Namespace', CLUSTER_WIDE);
export const NodeResource = resource<Node>('', 'v1', 'nodes', 'Node', CLUSTER_WIDE);
export const PersistentVolumeResource = resource<PersistentVolume>(
  '',
  'v1',
  'persistentvolumes',
  'PersistentVolume',
  CLUSTER_WIDE,
);
export const PersistentVolumeClaimResource = resource<PersistentVolumeClaim>(
  '',
  'v1',
  'persistentvolumeclaims',
  'PersistentVolumeClaim',
);
/** The old kind of event; new ones are written as `EventResource`. */
export const CoreEventResource = resource<CoreEvent>('', 'v1', 'events', 'Event');
export const EventResource = resource<Event>('events.k8s.io', 'v1', 'events', 'Event');
export const DeploymentResource = resource<Deployment>('apps', 'v1', 'deployments', 'Deployment');
export const ReplicaSetResource = resource<ReplicaSet>('apps', 'v1', 'replicasets', 'ReplicaSet');
export const LeaseResource = resource<Lease>('coordination.k8s.io', 'v1', 'leases', 'Lease');
export const NetworkPolicyResource = resource<NetworkPolicy>(
  'networking.k8s.io',
  'v1',
  'networkpolicies',
  'NetworkPolicy',
);
export const StorageClassResource = resource<StorageClass>(
  'storage.k8s.io',
  'v1',
  'storageclasses',
  'StorageClass',
  CLUSTER_WIDE,
);

const RBAC = 'rbac.authorization.k8s.io';
export const RoleResource = resource<Role>(RBAC, 'v1', 'roles', 'Role');
export const RoleBindingResource = resource<RoleBinding>(RBAC, 'v1', 'rolebindings', 'RoleBinding');
export const ClusterRoleResource = resource<ClusterRole>(
  RBAC,
  'v1',
  'clusterroles',
  'ClusterRole',
  CLUSTER_WIDE,
);
export const ClusterRoleBindingResource = resource<ClusterRoleBinding>(
  RBAC,
  'v1',
  'clusterrolebindings',
  'ClusterRoleBinding',
  CLUSTER_WIDE,
);

export const CustomResourceDefinitionResource = resource<CustomResourceDefinition>(
  'apiextensions.k8s.io',
  'v1',
  'customresourcedefinitions',
  'CustomResourceDefinition',
  CLUSTER_WIDE,
);

const STRIMZI = 'kafka.strimzi.io';
export const KafkaResource = resource<CustomObject>(STRIMZI, 'v1', 'kafkas', 'Kafka');
export const KafkaNodePoolResource = resource<CustomObject>(STRIMZI, 'v1', 'kafkanodepools', 'KafkaNodePool');
export const KafkaTopicResource = resource<CustomObject>(STRIMZI, 'v1', 'kafkatopics', 'KafkaTopic');
export const KafkaUserResource = resource<CustomObject>(STRIMZI, 'v1', 'kafkausers', 'KafkaUser');

const TRIBUTARY = 'tributary.dev';
export const StreamSourceResource = resource<CustomObject>(
  TRIBUTARY,
  'v1alpha1',
  'streamsources',
  'StreamSource',
);
export const APIQuotaResource = resource<CustomObject>(TRIBUTARY, 'v1alpha1', 'apiquotas', 'APIQuota');

export const PodMonitorResource = resource<CustomObject>(
  'monitoring.coreos.com',
  'v1',
  'podmonitors',
  'PodMonitor',
);

/** The same resource with the type that its owner defines: `retype<KafkaTopic>(KafkaTopicResource)`. */
export function retype<T extends KubeObject>({
  group,
  version,
  plural,
  kind,
  namespaced,
}: ResourceType): ResourceType<T> {
  return { group, version, plural, kind, namespaced };
}
