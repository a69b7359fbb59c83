// Generated from the CRDs that Strimzi publishes, by "npm run generate". Do not edit.
import type { ObjectMeta } from '../object-meta.ts';

export interface KafkaNodePool {
  apiVersion: 'kafka.strimzi.io/v1';
  kind: 'KafkaNodePool';
  metadata: ObjectMeta;
  spec: KafkaNodePoolSpec;
  status?: KafkaNodePoolStatus;
}

export interface KafkaNodePoolSpecStorageVolumesItem {
  class?: string;
  deleteClaim?: boolean;
  id?: number;
  kraftMetadata?: 'shared';
  selector?: Record<string, string>;
  size?: string;
  sizeLimit?: string;
  type: 'ephemeral' | 'persistent-claim';
  volumeAttributesClass?: string;
}

export interface KafkaNodePoolSpecStorage {
  class?: string;
  deleteClaim?: boolean;
  id?: number;
  kraftMetadata?: 'shared';
  selector?: Record<string, string>;
  size?: string;
  sizeLimit?: string;
  type: 'ephemeral' | 'persistent-claim' | 'jbod';
  volumeAttributesClass?: string;
  volumes?: KafkaNodePoolSpecStorageVolumesItem[];
}

export interface KafkaNodePoolSpecResourcesClaimsItem {
  name?: string;
  request?: string;
}

export interface KafkaNodePoolSpecResources {
  claims?: KafkaNodePoolSpecResourcesClaimsItem[];
  limits?: Record<string, number | string>;
  requests?: Record<string, number | string>;
}

export interface KafkaNodePoolSpecJvmOptionsJavaSystemPropertiesItem {
  name?: string;
  value?: string;
}

export interface KafkaNodePoolSpecJvmOptions {
  '-XX'?: Record<string, string>;
  '-Xmx'?: string;
  '-Xms'?: string;
  gcLoggingEnabled?: boolean;
  javaSystemProperties?: KafkaNodePoolSpecJvmOptionsJavaSystemPropertiesItem[];
}

export interface KafkaNodePoolSpecTemplatePodSetMetadata {
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

export interface KafkaNodePoolSpecTemplatePodSet {
  metadata?: KafkaNodePoolSpecTemplatePodSetMetadata;
}

export interface KafkaNodePoolSpecTemplatePodImagePullSecretsItem {
  name?: string;
}

export interface KafkaNodePoolSpecTemplatePodSecurityContextAppArmorProfile {
  localhostProfile?: string;
  type?: string;
}

export interface KafkaNodePoolSpecTemplatePodSecurityContextSeLinuxOptions {
  level?: string;
  role?: string;
  type?: string;
  user?: string;
}

export interface KafkaNodePoolSpecTemplatePodSecurityContextWindowsOptions {
  gmsaCredentialSpec?: string;
  gmsaCredentialSpecName?: string;
  hostProcess?: boolean;
  runAsUserName?: string;
}

export interface KafkaNodePoolSpecTemplatePodSecurityContext {
  appArmorProfile?: KafkaNodePoolSpecTemplatePodSecurityContextAppArmorProfile;
  fsGroup?: number;
  fsGroupChangePolicy?: string;
  runAsGroup?: number;
  runAsNonRoot?: boolean;
  runAsUser?: number;
  seLinuxChangePolicy?: string;
  seLinuxOptions?: KafkaNodePoolSpecTemplatePodSecurityContextSeLinuxOptions;
  seccompProfile?: KafkaNodePoolSpecTemplatePodSecurityContextAppArmorProfile;
  supplementalGroups?: number[];
  supplementalGroupsPolicy?: string;
  sysctls?: KafkaNodePoolSpecJvmOptionsJavaSystemPropertiesItem[];
  windowsOptions?: KafkaNodePoolSpecTemplatePodSecurityContextWindowsOptions;
}

export interface KafkaNodePoolSpecTemplatePodAffinityNodeAffinityPreferredDuringSchedulingIgnoredDuringExecutionItemPreferenceMatchExpressionsItem {
  key?: string;
  operator?: string;
  values?: string[];
}

export interface KafkaNodePoolSpecTemplatePodAffinityNodeAffinityPreferredDuringSchedulingIgnoredDuringExecutionItemPreference {
  matchExpressions?: KafkaNodePoolSpecTemplatePodAffinityNodeAffinityPreferredDuringSchedulingIgnoredDuringExecutionItemPreferenceMatchExpressionsItem[];
  matchFields?: KafkaNodePoolSpecTemplatePodAffinityNodeAffinityPreferredDuringSchedulingIgnoredDuringExecutionItemPreferenceMatchExpressionsItem[];
}

export interface KafkaNodePoolSpecTemplatePodAffinityNodeAffinityPreferredDuringSchedulingIgnoredDuringExecutionItem {
  preference?: KafkaNodePoolSpecTemplatePodAffinityNodeAffinityPreferredDuringSchedulingIgnoredDuringExecutionItemPreference;
  weight?: number;
}

export interface KafkaNodePoolSpecTemplatePodAffinityNodeAffinityRequiredDuringSchedulingIgnoredDuringExecution {
  nodeSelectorTerms?: KafkaNodePoolSpecTemplatePodAffinityNodeAffinityPreferredDuringSchedulingIgnoredDuringExecutionItemPreference[];
}

export interface KafkaNodePoolSpecTemplatePodAffinityNodeAffinity {
  preferredDuringSchedulingIgnoredDuringExecution?: KafkaNodePoolSpecTemplatePodAffinityNodeAffinityPreferredDuringSchedulingIgnoredDuringExecutionItem[];
  requiredDuringSchedulingIgnoredDuringExecution?: KafkaNodePoolSpecTemplatePodAffinityNodeAffinityRequiredDuringSchedulingIgnoredDuringExecution;
}

export interface KafkaNodePoolSpecTemplatePodAffinityPodAffinityPreferredDuringSchedulingIgnoredDuringExecutionItemPodAffinityTermLabelSelector {
  matchExpressions?: KafkaNodePoolSpecTemplatePodAffinityNodeAffinityPreferredDuringSchedulingIgnoredDuringExecutionItemPreferenceMatchExpressionsItem[];
  matchLabels?: Record<string, string>;
}

export interface KafkaNodePoolSpecTemplatePodAffinityPodAffinityPreferredDuringSchedulingIgnoredDuringExecutionItemPodAffinityTerm {
  labelSelector?: KafkaNodePoolSpecTemplatePodAffinityPodAffinityPreferredDuringSchedulingIgnoredDuringExecutionItemPodAffinityTermLabelSelector;
  matchLabelKeys?: string[];
  mismatchLabelKeys?: string[];
  namespaceSelector?: KafkaNodePoolSpecTemplatePodAffinityPodAffinityPreferredDuringSchedulingIgnoredDuringExecutionItemPodAffinityTermLabelSelector;
  namespaces?: string[];
  topologyKey?: string;
}

export interface KafkaNodePoolSpecTemplatePodAffinityPodAffinityPreferredDuringSchedulingIgnoredDuringExecutionItem {
  podAffinityTerm?: KafkaNodePoolSpecTemplatePodAffinityPodAffinityPreferredDuringSchedulingIgnoredDuringExecutionItemPodAffinityTerm;
  weight?: number;
}

export interface KafkaNodePoolSpecTemplatePodAffinityPodAffinity {
  preferredDuringSchedulingIgnoredDuringExecution?: KafkaNodePoolSpecTemplatePodAffinityPodAffinityPreferredDuringSchedulingIgnoredDuringExecutionItem[];
  requiredDuringSchedulingIgnoredDuringExecution?: KafkaNodePoolSpecTemplatePodAffinityPodAffinityPreferredDuringSchedulingIgnoredDuringExecutionItemPodAffinityTerm[];
}

export interface KafkaNodePoolSpecTemplatePodAffinity {
  nodeAffinity?: KafkaNodePoolSpecTemplatePodAffinityNodeAffinity;
  podAffinity?: KafkaNodePoolSpecTemplatePodAffinityPodAffinity;
  podAntiAffinity?: KafkaNodePoolSpecTemplatePodAffinityPodAffinity;
}

export interface KafkaNodePoolSpecTemplatePodTolerationsItem {
  effect?: string;
  key?: string;
  operator?: string;
  tolerationSeconds?: number;
  value?: string;
}

export interface KafkaNodePoolSpecTemplatePodTopologySpreadConstraintsItem {
  labelSelector?: KafkaNodePoolSpecTemplatePodAffinityPodAffinityPreferredDuringSchedulingIgnoredDuringExecutionItemPodAffinityTermLabelSelector;
  matchLabelKeys?: string[];
  maxSkew?: number;
  minDomains?: number;
  nodeAffinityPolicy?: string;
  nodeTaintsPolicy?: string;
  topologyKey?: string;
  whenUnsatisfiable?: string;
}

export interface KafkaNodePoolSpecTemplatePodHostAliasesItem {
  hostnames?: string[];
  ip?: string;
}

export interface KafkaNodePoolSpecTemplatePodDnsConfig {
  nameservers?: string[];
  options?: KafkaNodePoolSpecJvmOptionsJavaSystemPropertiesItem[];
  searches?: string[];
}

export interface KafkaNodePoolSpecTemplatePodVolumesItemSecretItemsItem {
  key?: string;
  mode?: number;
  path?: string;
}

export interface KafkaNodePoolSpecTemplatePodVolumesItemSecret {
  defaultMode?: number;
  items?: KafkaNodePoolSpecTemplatePodVolumesItemSecretItemsItem[];
  optional?: boolean;
  secretName?: string;
}

export interface KafkaNodePoolSpecTemplatePodVolumesItemConfigMap {
  defaultMode?: number;
  items?: KafkaNodePoolSpecTemplatePodVolumesItemSecretItemsItem[];
  name?: string;
  optional?: boolean;
}

export interface KafkaNodePoolSpecTemplatePodVolumesItemEmptyDir {
  medium?: 'Memory';
  sizeLimit?: string;
}

export interface KafkaNodePoolSpecTemplatePodVolumesItemPersistentVolumeClaim {
  claimName?: string;
  readOnly?: boolean;
}

export interface KafkaNodePoolSpecTemplatePodVolumesItemCsi {
  driver?: string;
  fsType?: string;
  nodePublishSecretRef?: KafkaNodePoolSpecTemplatePodImagePullSecretsItem;
  readOnly?: boolean;
  volumeAttributes?: Record<string, string>;
}

export interface KafkaNodePoolSpecTemplatePodVolumesItemImage {
  pullPolicy?: string;
  reference?: string;
}

export interface KafkaNodePoolSpecTemplatePodVolumesItem {
  name?: string;
  secret?: KafkaNodePoolSpecTemplatePodVolumesItemSecret;
  configMap?: KafkaNodePoolSpecTemplatePodVolumesItemConfigMap;
  emptyDir?: KafkaNodePoolSpecTemplatePodVolumesItemEmptyDir;
  persistentVolumeClaim?: KafkaNodePoolSpecTemplatePodVolumesItemPersistentVolumeClaim;
  csi?: KafkaNodePoolSpecTemplatePodVolumesItemCsi;
  image?: KafkaNodePoolSpecTemplatePodVolumesItemImage;
}

export interface KafkaNodePoolSpecTemplatePodTemplatedVolumesItem {
  name?: string;
  secret?: KafkaNodePoolSpecTemplatePodVolumesItemSecret;
  configMap?: KafkaNodePoolSpecTemplatePodVolumesItemConfigMap;
  persistentVolumeClaim?: KafkaNodePoolSpecTemplatePodVolumesItemPersistentVolumeClaim;
}

export interface KafkaNodePoolSpecTemplatePod {
  metadata?: KafkaNodePoolSpecTemplatePodSetMetadata;
  imagePullSecrets?: KafkaNodePoolSpecTemplatePodImagePullSecretsItem[];
  securityContext?: KafkaNodePoolSpecTemplatePodSecurityContext;
  terminationGracePeriodSeconds?: number;
  affinity?: KafkaNodePoolSpecTemplatePodAffinity;
  tolerations?: KafkaNodePoolSpecTemplatePodTolerationsItem[];
  topologySpreadConstraints?: KafkaNodePoolSpecTemplatePodTopologySpreadConstraintsItem[];
  priorityClassName?: string;
  schedulerName?: string;
  hostAliases?: KafkaNodePoolSpecTemplatePodHostAliasesItem[];
  dnsPolicy?: 'ClusterFirst' | 'ClusterFirstWithHostNet' | 'Default' | 'None';
  dnsConfig?: KafkaNodePoolSpecTemplatePodDnsConfig;
  enableServiceLinks?: boolean;
  tmpDirSizeLimit?: string;
  volumes?: KafkaNodePoolSpecTemplatePodVolumesItem[];
  templatedVolumes?: KafkaNodePoolSpecTemplatePodTemplatedVolumesItem[];
  hostUsers?: boolean;
}

export interface KafkaNodePoolSpecTemplateKafkaContainerEnvItemValueFromSecretKeyRef {
  key?: string;
  name?: string;
  optional?: boolean;
}

export interface KafkaNodePoolSpecTemplateKafkaContainerEnvItemValueFrom {
  secretKeyRef?: KafkaNodePoolSpecTemplateKafkaContainerEnvItemValueFromSecretKeyRef;
  configMapKeyRef?: KafkaNodePoolSpecTemplateKafkaContainerEnvItemValueFromSecretKeyRef;
}

export interface KafkaNodePoolSpecTemplateKafkaContainerEnvItem {
  name?: string;
  value?: string;
  valueFrom?: KafkaNodePoolSpecTemplateKafkaContainerEnvItemValueFrom;
}

export interface KafkaNodePoolSpecTemplateKafkaContainerSecurityContextCapabilities {
  add?: string[];
  drop?: string[];
}

export interface KafkaNodePoolSpecTemplateKafkaContainerSecurityContext {
  allowPrivilegeEscalation?: boolean;
  appArmorProfile?: KafkaNodePoolSpecTemplatePodSecurityContextAppArmorProfile;
  capabilities?: KafkaNodePoolSpecTemplateKafkaContainerSecurityContextCapabilities;
  privileged?: boolean;
  procMount?: string;
  readOnlyRootFilesystem?: boolean;
  runAsGroup?: number;
  runAsNonRoot?: boolean;
  runAsUser?: number;
  seLinuxOptions?: KafkaNodePoolSpecTemplatePodSecurityContextSeLinuxOptions;
  seccompProfile?: KafkaNodePoolSpecTemplatePodSecurityContextAppArmorProfile;
  windowsOptions?: KafkaNodePoolSpecTemplatePodSecurityContextWindowsOptions;
}

export interface KafkaNodePoolSpecTemplateKafkaContainerVolumeMountsItem {
  mountPath?: string;
  mountPropagation?: string;
  name?: string;
  readOnly?: boolean;
  recursiveReadOnly?: string;
  subPath?: string;
  subPathExpr?: string;
}

export interface KafkaNodePoolSpecTemplateKafkaContainer {
  env?: KafkaNodePoolSpecTemplateKafkaContainerEnvItem[];
  securityContext?: KafkaNodePoolSpecTemplateKafkaContainerSecurityContext;
  volumeMounts?: KafkaNodePoolSpecTemplateKafkaContainerVolumeMountsItem[];
}

export interface KafkaNodePoolSpecTemplate {
  podSet?: KafkaNodePoolSpecTemplatePodSet;
  pod?: KafkaNodePoolSpecTemplatePod;
  perPodService?: KafkaNodePoolSpecTemplatePodSet;
  perPodRoute?: KafkaNodePoolSpecTemplatePodSet;
  perPodIngress?: KafkaNodePoolSpecTemplatePodSet;
  persistentVolumeClaim?: KafkaNodePoolSpecTemplatePodSet;
  kafkaContainer?: KafkaNodePoolSpecTemplateKafkaContainer;
  initContainer?: KafkaNodePoolSpecTemplateKafkaContainer;
}

export interface KafkaNodePoolSpec {
  replicas: number;
  storage: KafkaNodePoolSpecStorage;
  roles: ('controller' | 'broker')[];
  resources?: KafkaNodePoolSpecResources;
  jvmOptions?: KafkaNodePoolSpecJvmOptions;
  template?: KafkaNodePoolSpecTemplate;
}

export interface KafkaNodePoolStatusConditionsItem {
  type?: string;
  status?: string;
  lastTransitionTime?: string;
  reason?: string;
  message?: string;
}

export interface KafkaNodePoolStatus {
  conditions?: KafkaNodePoolStatusConditionsItem[];
  observedGeneration?: number;
  nodeIds?: number[];
  clusterId?: string;
  roles?: ('controller' | 'broker')[];
  replicas?: number;
  labelSelector?: string;
}
