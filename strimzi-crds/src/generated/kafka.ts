// Generated from the CRDs that Strimzi publishes, by "npm run generate". Do not edit.
import type { ObjectMeta } from '../object-meta.ts';

export interface Kafka {
  apiVersion: 'kafka.strimzi.io/v1';
  kind: 'Kafka';
  metadata: ObjectMeta;
  spec: KafkaSpec;
  status?: KafkaStatus;
}

export interface KafkaSpecKafkaListenersItemAuthentication {
  listenerConfig?: Record<string, unknown>;
  sasl?: boolean;
  type: 'tls' | 'scram-sha-512' | 'custom';
}

export interface KafkaSpecKafkaListenersItemConfigurationBrokerCertChainAndKey {
  secretName: string;
  certificate: string;
  key: string;
}

export interface KafkaSpecKafkaListenersItemConfigurationBootstrap {
  alternativeNames?: string[];
  host?: string;
  nodePort?: number;
  loadBalancerIP?: string;
  annotations?: Record<string, string>;
  labels?: Record<string, string>;
  externalIPs?: string[];
}

export interface KafkaSpecKafkaListenersItemConfigurationBrokersItem {
  broker: number;
  advertisedHost?: string;
  advertisedPort?: number;
  host?: string;
  nodePort?: number;
  loadBalancerIP?: string;
  annotations?: Record<string, string>;
  labels?: Record<string, string>;
  externalIPs?: string[];
}

export interface KafkaSpecKafkaListenersItemConfigurationParentRefsItem {
  kind?: string;
  group?: string;
  name?: string;
  namespace?: string;
  port?: number;
  sectionName?: string;
}

export interface KafkaSpecKafkaListenersItemConfiguration {
  brokerCertChainAndKey?: KafkaSpecKafkaListenersItemConfigurationBrokerCertChainAndKey;
  class?: string;
  externalTrafficPolicy?: 'Local' | 'Cluster';
  loadBalancerSourceRanges?: string[];
  bootstrap?: KafkaSpecKafkaListenersItemConfigurationBootstrap;
  brokers?: KafkaSpecKafkaListenersItemConfigurationBrokersItem[];
  ipFamilyPolicy?: 'SingleStack' | 'PreferDualStack' | 'RequireDualStack';
  ipFamilies?: ('IPv4' | 'IPv6')[];
  createBootstrapService?: boolean;
  finalizers?: string[];
  useServiceDnsDomain?: boolean;
  maxConnections?: number;
  maxConnectionCreationRate?: number;
  preferredNodePortAddressType?: 'ExternalIP' | 'ExternalDNS' | 'InternalIP' | 'InternalDNS' | 'Hostname';
  publishNotReadyAddresses?: boolean;
  perBrokerAnnotationsTemplate?: Record<string, string>;
  perBrokerLabelsTemplate?: Record<string, string>;
  hostTemplate?: string;
  advertisedHostTemplate?: string;
  advertisedPortTemplate?: string;
  allocateLoadBalancerNodePorts?: boolean;
  parentRefs?: KafkaSpecKafkaListenersItemConfigurationParentRefsItem[];
}

export interface KafkaSpecKafkaListenersItemNetworkPolicyPeersItemIpBlock {
  cidr?: string;
  except?: string[];
}

export interface KafkaSpecKafkaListenersItemNetworkPolicyPeersItemNamespaceSelectorMatchExpressionsItem {
  key?: string;
  operator?: string;
  values?: string[];
}

export interface KafkaSpecKafkaListenersItemNetworkPolicyPeersItemNamespaceSelector {
  matchExpressions?: KafkaSpecKafkaListenersItemNetworkPolicyPeersItemNamespaceSelectorMatchExpressionsItem[];
  matchLabels?: Record<string, string>;
}

export interface KafkaSpecKafkaListenersItemNetworkPolicyPeersItem {
  ipBlock?: KafkaSpecKafkaListenersItemNetworkPolicyPeersItemIpBlock;
  namespaceSelector?: KafkaSpecKafkaListenersItemNetworkPolicyPeersItemNamespaceSelector;
  podSelector?: KafkaSpecKafkaListenersItemNetworkPolicyPeersItemNamespaceSelector;
}

export interface KafkaSpecKafkaListenersItem {
  name: string;
  port: number;
  type: 'internal' | 'route' | 'tlsroute' | 'loadbalancer' | 'nodeport' | 'ingress' | 'cluster-ip';
  tls: boolean;
  authentication?: KafkaSpecKafkaListenersItemAuthentication;
  configuration?: KafkaSpecKafkaListenersItemConfiguration;
  networkPolicyPeers?: KafkaSpecKafkaListenersItemNetworkPolicyPeersItem[];
}

export interface KafkaSpecKafkaAuthorization {
  authorizerClass?: string;
  superUsers?: string[];
  supportsAdminApi?: boolean;
  type: 'simple' | 'custom';
}

export interface KafkaSpecKafkaRack {
  envVarName?: string;
  topologyKey?: string;
  type?: 'topology-label' | 'environment-variable';
}

export interface KafkaSpecKafkaLivenessProbe {
  initialDelaySeconds?: number;
  timeoutSeconds?: number;
  periodSeconds?: number;
  successThreshold?: number;
  failureThreshold?: number;
}

export interface KafkaSpecKafkaJvmOptionsJavaSystemPropertiesItem {
  name?: string;
  value?: string;
}

export interface KafkaSpecKafkaJvmOptions {
  '-XX'?: Record<string, string>;
  '-Xmx'?: string;
  '-Xms'?: string;
  gcLoggingEnabled?: boolean;
  javaSystemProperties?: KafkaSpecKafkaJvmOptionsJavaSystemPropertiesItem[];
}

export interface KafkaSpecKafkaJmxOptionsAuthentication {
  type: 'password';
}

export interface KafkaSpecKafkaJmxOptions {
  authentication?: KafkaSpecKafkaJmxOptionsAuthentication;
}

export interface KafkaSpecKafkaMetricsConfigValueFromConfigMapKeyRef {
  key?: string;
  name?: string;
  optional?: boolean;
}

export interface KafkaSpecKafkaMetricsConfigValueFrom {
  configMapKeyRef?: KafkaSpecKafkaMetricsConfigValueFromConfigMapKeyRef;
}

export interface KafkaSpecKafkaMetricsConfigValues {
  allowList?: string[];
}

export interface KafkaSpecKafkaMetricsConfig {
  type: 'jmxPrometheusExporter' | 'strimziMetricsReporter';
  valueFrom?: KafkaSpecKafkaMetricsConfigValueFrom;
  values?: KafkaSpecKafkaMetricsConfigValues;
}

export interface KafkaSpecKafkaLogging {
  loggers?: Record<string, string>;
  type: 'inline' | 'external';
  valueFrom?: KafkaSpecKafkaMetricsConfigValueFrom;
}

export interface KafkaSpecKafkaTemplatePodMetadata {
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

export interface KafkaSpecKafkaTemplatePodImagePullSecretsItem {
  name?: string;
}

export interface KafkaSpecKafkaTemplatePodSecurityContextAppArmorProfile {
  localhostProfile?: string;
  type?: string;
}

export interface KafkaSpecKafkaTemplatePodSecurityContextSeLinuxOptions {
  level?: string;
  role?: string;
  type?: string;
  user?: string;
}

export interface KafkaSpecKafkaTemplatePodSecurityContextWindowsOptions {
  gmsaCredentialSpec?: string;
  gmsaCredentialSpecName?: string;
  hostProcess?: boolean;
  runAsUserName?: string;
}

export interface KafkaSpecKafkaTemplatePodSecurityContext {
  appArmorProfile?: KafkaSpecKafkaTemplatePodSecurityContextAppArmorProfile;
  fsGroup?: number;
  fsGroupChangePolicy?: string;
  runAsGroup?: number;
  runAsNonRoot?: boolean;
  runAsUser?: number;
  seLinuxChangePolicy?: string;
  seLinuxOptions?: KafkaSpecKafkaTemplatePodSecurityContextSeLinuxOptions;
  seccompProfile?: KafkaSpecKafkaTemplatePodSecurityContextAppArmorProfile;
  supplementalGroups?: number[];
  supplementalGroupsPolicy?: string;
  sysctls?: KafkaSpecKafkaJvmOptionsJavaSystemPropertiesItem[];
  windowsOptions?: KafkaSpecKafkaTemplatePodSecurityContextWindowsOptions;
}

export interface KafkaSpecKafkaTemplatePodAffinityNodeAffinityPreferredDuringSchedulingIgnoredDuringExecutionItemPreference {
  matchExpressions?: KafkaSpecKafkaListenersItemNetworkPolicyPeersItemNamespaceSelectorMatchExpressionsItem[];
  matchFields?: KafkaSpecKafkaListenersItemNetworkPolicyPeersItemNamespaceSelectorMatchExpressionsItem[];
}

export interface KafkaSpecKafkaTemplatePodAffinityNodeAffinityPreferredDuringSchedulingIgnoredDuringExecutionItem {
  preference?: KafkaSpecKafkaTemplatePodAffinityNodeAffinityPreferredDuringSchedulingIgnoredDuringExecutionItemPreference;
  weight?: number;
}

export interface KafkaSpecKafkaTemplatePodAffinityNodeAffinityRequiredDuringSchedulingIgnoredDuringExecution {
  nodeSelectorTerms?: KafkaSpecKafkaTemplatePodAffinityNodeAffinityPreferredDuringSchedulingIgnoredDuringExecutionItemPreference[];
}

export interface KafkaSpecKafkaTemplatePodAffinityNodeAffinity {
  preferredDuringSchedulingIgnoredDuringExecution?: KafkaSpecKafkaTemplatePodAffinityNodeAffinityPreferredDuringSchedulingIgnoredDuringExecutionItem[];
  requiredDuringSchedulingIgnoredDuringExecution?: KafkaSpecKafkaTemplatePodAffinityNodeAffinityRequiredDuringSchedulingIgnoredDuringExecution;
}

export interface KafkaSpecKafkaTemplatePodAffinityPodAffinityPreferredDuringSchedulingIgnoredDuringExecutionItemPodAffinityTerm {
  labelSelector?: KafkaSpecKafkaListenersItemNetworkPolicyPeersItemNamespaceSelector;
  matchLabelKeys?: string[];
  mismatchLabelKeys?: string[];
  namespaceSelector?: KafkaSpecKafkaListenersItemNetworkPolicyPeersItemNamespaceSelector;
  namespaces?: string[];
  topologyKey?: string;
}

export interface KafkaSpecKafkaTemplatePodAffinityPodAffinityPreferredDuringSchedulingIgnoredDuringExecutionItem {
  podAffinityTerm?: KafkaSpecKafkaTemplatePodAffinityPodAffinityPreferredDuringSchedulingIgnoredDuringExecutionItemPodAffinityTerm;
  weight?: number;
}

export interface KafkaSpecKafkaTemplatePodAffinityPodAffinity {
  preferredDuringSchedulingIgnoredDuringExecution?: KafkaSpecKafkaTemplatePodAffinityPodAffinityPreferredDuringSchedulingIgnoredDuringExecutionItem[];
  requiredDuringSchedulingIgnoredDuringExecution?: KafkaSpecKafkaTemplatePodAffinityPodAffinityPreferredDuringSchedulingIgnoredDuringExecutionItemPodAffinityTerm[];
}

export interface KafkaSpecKafkaTemplatePodAffinity {
  nodeAffinity?: KafkaSpecKafkaTemplatePodAffinityNodeAffinity;
  podAffinity?: KafkaSpecKafkaTemplatePodAffinityPodAffinity;
  podAntiAffinity?: KafkaSpecKafkaTemplatePodAffinityPodAffinity;
}

export interface KafkaSpecKafkaTemplatePodTolerationsItem {
  effect?: string;
  key?: string;
  operator?: string;
  tolerationSeconds?: number;
  value?: string;
}

export interface KafkaSpecKafkaTemplatePodTopologySpreadConstraintsItem {
  labelSelector?: KafkaSpecKafkaListenersItemNetworkPolicyPeersItemNamespaceSelector;
  matchLabelKeys?: string[];
  maxSkew?: number;
  minDomains?: number;
  nodeAffinityPolicy?: string;
  nodeTaintsPolicy?: string;
  topologyKey?: string;
  whenUnsatisfiable?: string;
}

export interface KafkaSpecKafkaTemplatePodHostAliasesItem {
  hostnames?: string[];
  ip?: string;
}

export interface KafkaSpecKafkaTemplatePodDnsConfig {
  nameservers?: string[];
  options?: KafkaSpecKafkaJvmOptionsJavaSystemPropertiesItem[];
  searches?: string[];
}

export interface KafkaSpecKafkaTemplatePodVolumesItemSecretItemsItem {
  key?: string;
  mode?: number;
  path?: string;
}

export interface KafkaSpecKafkaTemplatePodVolumesItemSecret {
  defaultMode?: number;
  items?: KafkaSpecKafkaTemplatePodVolumesItemSecretItemsItem[];
  optional?: boolean;
  secretName?: string;
}

export interface KafkaSpecKafkaTemplatePodVolumesItemConfigMap {
  defaultMode?: number;
  items?: KafkaSpecKafkaTemplatePodVolumesItemSecretItemsItem[];
  name?: string;
  optional?: boolean;
}

export interface KafkaSpecKafkaTemplatePodVolumesItemEmptyDir {
  medium?: 'Memory';
  sizeLimit?: string;
}

export interface KafkaSpecKafkaTemplatePodVolumesItemPersistentVolumeClaim {
  claimName?: string;
  readOnly?: boolean;
}

export interface KafkaSpecKafkaTemplatePodVolumesItemCsi {
  driver?: string;
  fsType?: string;
  nodePublishSecretRef?: KafkaSpecKafkaTemplatePodImagePullSecretsItem;
  readOnly?: boolean;
  volumeAttributes?: Record<string, string>;
}

export interface KafkaSpecKafkaTemplatePodVolumesItemImage {
  pullPolicy?: string;
  reference?: string;
}

export interface KafkaSpecKafkaTemplatePodVolumesItem {
  name?: string;
  secret?: KafkaSpecKafkaTemplatePodVolumesItemSecret;
  configMap?: KafkaSpecKafkaTemplatePodVolumesItemConfigMap;
  emptyDir?: KafkaSpecKafkaTemplatePodVolumesItemEmptyDir;
  persistentVolumeClaim?: KafkaSpecKafkaTemplatePodVolumesItemPersistentVolumeClaim;
  csi?: KafkaSpecKafkaTemplatePodVolumesItemCsi;
  image?: KafkaSpecKafkaTemplatePodVolumesItemImage;
}

export interface KafkaSpecKafkaTemplatePodTemplatedVolumesItem {
  name?: string;
  secret?: KafkaSpecKafkaTemplatePodVolumesItemSecret;
  configMap?: KafkaSpecKafkaTemplatePodVolumesItemConfigMap;
  persistentVolumeClaim?: KafkaSpecKafkaTemplatePodVolumesItemPersistentVolumeClaim;
}

export interface KafkaSpecKafkaTemplatePod {
  metadata?: KafkaSpecKafkaTemplatePodMetadata;
  imagePullSecrets?: KafkaSpecKafkaTemplatePodImagePullSecretsItem[];
  securityContext?: KafkaSpecKafkaTemplatePodSecurityContext;
  terminationGracePeriodSeconds?: number;
  affinity?: KafkaSpecKafkaTemplatePodAffinity;
  tolerations?: KafkaSpecKafkaTemplatePodTolerationsItem[];
  topologySpreadConstraints?: KafkaSpecKafkaTemplatePodTopologySpreadConstraintsItem[];
  priorityClassName?: string;
  schedulerName?: string;
  hostAliases?: KafkaSpecKafkaTemplatePodHostAliasesItem[];
  dnsPolicy?: 'ClusterFirst' | 'ClusterFirstWithHostNet' | 'Default' | 'None';
  dnsConfig?: KafkaSpecKafkaTemplatePodDnsConfig;
  enableServiceLinks?: boolean;
  tmpDirSizeLimit?: string;
  volumes?: KafkaSpecKafkaTemplatePodVolumesItem[];
  templatedVolumes?: KafkaSpecKafkaTemplatePodTemplatedVolumesItem[];
  hostUsers?: boolean;
}

export interface KafkaSpecKafkaTemplateBootstrapService {
  metadata?: KafkaSpecKafkaTemplatePodMetadata;
  ipFamilyPolicy?: 'SingleStack' | 'PreferDualStack' | 'RequireDualStack';
  ipFamilies?: ('IPv4' | 'IPv6')[];
}

export interface KafkaSpecKafkaTemplateExternalBootstrapService {
  metadata?: KafkaSpecKafkaTemplatePodMetadata;
}

export interface KafkaSpecKafkaTemplatePodDisruptionBudget {
  metadata?: KafkaSpecKafkaTemplatePodMetadata;
  maxUnavailable?: number;
}

export interface KafkaSpecKafkaTemplateKafkaContainerEnvItemValueFrom {
  secretKeyRef?: KafkaSpecKafkaMetricsConfigValueFromConfigMapKeyRef;
  configMapKeyRef?: KafkaSpecKafkaMetricsConfigValueFromConfigMapKeyRef;
}

export interface KafkaSpecKafkaTemplateKafkaContainerEnvItem {
  name?: string;
  value?: string;
  valueFrom?: KafkaSpecKafkaTemplateKafkaContainerEnvItemValueFrom;
}

export interface KafkaSpecKafkaTemplateKafkaContainerSecurityContextCapabilities {
  add?: string[];
  drop?: string[];
}

export interface KafkaSpecKafkaTemplateKafkaContainerSecurityContext {
  allowPrivilegeEscalation?: boolean;
  appArmorProfile?: KafkaSpecKafkaTemplatePodSecurityContextAppArmorProfile;
  capabilities?: KafkaSpecKafkaTemplateKafkaContainerSecurityContextCapabilities;
  privileged?: boolean;
  procMount?: string;
  readOnlyRootFilesystem?: boolean;
  runAsGroup?: number;
  runAsNonRoot?: boolean;
  runAsUser?: number;
  seLinuxOptions?: KafkaSpecKafkaTemplatePodSecurityContextSeLinuxOptions;
  seccompProfile?: KafkaSpecKafkaTemplatePodSecurityContextAppArmorProfile;
  windowsOptions?: KafkaSpecKafkaTemplatePodSecurityContextWindowsOptions;
}

export interface KafkaSpecKafkaTemplateKafkaContainerVolumeMountsItem {
  mountPath?: string;
  mountPropagation?: string;
  name?: string;
  readOnly?: boolean;
  recursiveReadOnly?: string;
  subPath?: string;
  subPathExpr?: string;
}

export interface KafkaSpecKafkaTemplateKafkaContainer {
  env?: KafkaSpecKafkaTemplateKafkaContainerEnvItem[];
  securityContext?: KafkaSpecKafkaTemplateKafkaContainerSecurityContext;
  volumeMounts?: KafkaSpecKafkaTemplateKafkaContainerVolumeMountsItem[];
}

export interface KafkaSpecKafkaTemplate {
  pod?: KafkaSpecKafkaTemplatePod;
  bootstrapService?: KafkaSpecKafkaTemplateBootstrapService;
  brokersService?: KafkaSpecKafkaTemplateBootstrapService;
  externalBootstrapService?: KafkaSpecKafkaTemplateExternalBootstrapService;
  perPodService?: KafkaSpecKafkaTemplateExternalBootstrapService;
  externalBootstrapRoute?: KafkaSpecKafkaTemplateExternalBootstrapService;
  perPodRoute?: KafkaSpecKafkaTemplateExternalBootstrapService;
  externalBootstrapIngress?: KafkaSpecKafkaTemplateExternalBootstrapService;
  perPodIngress?: KafkaSpecKafkaTemplateExternalBootstrapService;
  persistentVolumeClaim?: KafkaSpecKafkaTemplateExternalBootstrapService;
  podDisruptionBudget?: KafkaSpecKafkaTemplatePodDisruptionBudget;
  kafkaContainer?: KafkaSpecKafkaTemplateKafkaContainer;
  initContainer?: KafkaSpecKafkaTemplateKafkaContainer;
  clusterCaCert?: KafkaSpecKafkaTemplateExternalBootstrapService;
  serviceAccount?: KafkaSpecKafkaTemplateExternalBootstrapService;
  jmxSecret?: KafkaSpecKafkaTemplateExternalBootstrapService;
  clusterRoleBinding?: KafkaSpecKafkaTemplateExternalBootstrapService;
  podSet?: KafkaSpecKafkaTemplateExternalBootstrapService;
}

export interface KafkaSpecKafkaTieredStorageRemoteStorageManager {
  className?: string;
  classPath?: string;
  config?: Record<string, string>;
}

export interface KafkaSpecKafkaTieredStorage {
  remoteStorageManager?: KafkaSpecKafkaTieredStorageRemoteStorageManager;
  type: 'custom';
}

export interface KafkaSpecKafkaQuotas {
  consumerByteRate?: number;
  controllerMutationRate?: number;
  excludedPrincipals?: string[];
  minAvailableBytesPerVolume?: number;
  minAvailableRatioPerVolume?: number;
  producerByteRate?: number;
  requestPercentage?: number;
  type: 'kafka' | 'strimzi';
}

export interface KafkaSpecKafka {
  version?: string;
  metadataVersion?: string;
  image?: string;
  listeners: KafkaSpecKafkaListenersItem[];
  config?: Record<string, unknown>;
  authorization?: KafkaSpecKafkaAuthorization;
  rack?: KafkaSpecKafkaRack;
  brokerRackInitImage?: string;
  livenessProbe?: KafkaSpecKafkaLivenessProbe;
  readinessProbe?: KafkaSpecKafkaLivenessProbe;
  jvmOptions?: KafkaSpecKafkaJvmOptions;
  jmxOptions?: KafkaSpecKafkaJmxOptions;
  metricsConfig?: KafkaSpecKafkaMetricsConfig;
  logging?: KafkaSpecKafkaLogging;
  template?: KafkaSpecKafkaTemplate;
  tieredStorage?: KafkaSpecKafkaTieredStorage;
  quotas?: KafkaSpecKafkaQuotas;
}

export interface KafkaSpecEntityOperatorTopicOperatorResourcesClaimsItem {
  name?: string;
  request?: string;
}

export interface KafkaSpecEntityOperatorTopicOperatorResources {
  claims?: KafkaSpecEntityOperatorTopicOperatorResourcesClaimsItem[];
  limits?: Record<string, number | string>;
  requests?: Record<string, number | string>;
}

export interface KafkaSpecEntityOperatorTopicOperator {
  watchedNamespace?: string;
  image?: string;
  reconciliationIntervalMs?: number;
  startupProbe?: KafkaSpecKafkaLivenessProbe;
  livenessProbe?: KafkaSpecKafkaLivenessProbe;
  readinessProbe?: KafkaSpecKafkaLivenessProbe;
  resources?: KafkaSpecEntityOperatorTopicOperatorResources;
  logging?: KafkaSpecKafkaLogging;
  jvmOptions?: KafkaSpecKafkaJvmOptions;
}

export interface KafkaSpecEntityOperatorUserOperator {
  watchedNamespace?: string;
  image?: string;
  reconciliationIntervalMs?: number;
  secretPrefix?: string;
  livenessProbe?: KafkaSpecKafkaLivenessProbe;
  readinessProbe?: KafkaSpecKafkaLivenessProbe;
  resources?: KafkaSpecEntityOperatorTopicOperatorResources;
  logging?: KafkaSpecKafkaLogging;
  jvmOptions?: KafkaSpecKafkaJvmOptions;
}

export interface KafkaSpecEntityOperatorTemplateDeployment {
  metadata?: KafkaSpecKafkaTemplatePodMetadata;
  deploymentStrategy?: 'RollingUpdate' | 'Recreate';
}

export interface KafkaSpecEntityOperatorTemplatePod {
  metadata?: KafkaSpecKafkaTemplatePodMetadata;
  imagePullSecrets?: KafkaSpecKafkaTemplatePodImagePullSecretsItem[];
  securityContext?: KafkaSpecKafkaTemplatePodSecurityContext;
  terminationGracePeriodSeconds?: number;
  affinity?: KafkaSpecKafkaTemplatePodAffinity;
  tolerations?: KafkaSpecKafkaTemplatePodTolerationsItem[];
  topologySpreadConstraints?: KafkaSpecKafkaTemplatePodTopologySpreadConstraintsItem[];
  priorityClassName?: string;
  schedulerName?: string;
  hostAliases?: KafkaSpecKafkaTemplatePodHostAliasesItem[];
  dnsPolicy?: 'ClusterFirst' | 'ClusterFirstWithHostNet' | 'Default' | 'None';
  dnsConfig?: KafkaSpecKafkaTemplatePodDnsConfig;
  enableServiceLinks?: boolean;
  tmpDirSizeLimit?: string;
  volumes?: KafkaSpecKafkaTemplatePodVolumesItem[];
  hostUsers?: boolean;
}

export interface KafkaSpecEntityOperatorTemplate {
  deployment?: KafkaSpecEntityOperatorTemplateDeployment;
  pod?: KafkaSpecEntityOperatorTemplatePod;
  topicOperatorContainer?: KafkaSpecKafkaTemplateKafkaContainer;
  userOperatorContainer?: KafkaSpecKafkaTemplateKafkaContainer;
  serviceAccount?: KafkaSpecKafkaTemplateExternalBootstrapService;
  podDisruptionBudget?: KafkaSpecKafkaTemplatePodDisruptionBudget;
  entityOperatorRole?: KafkaSpecKafkaTemplateExternalBootstrapService;
  topicOperatorRoleBinding?: KafkaSpecKafkaTemplateExternalBootstrapService;
  userOperatorRoleBinding?: KafkaSpecKafkaTemplateExternalBootstrapService;
}

export interface KafkaSpecEntityOperator {
  topicOperator?: KafkaSpecEntityOperatorTopicOperator;
  userOperator?: KafkaSpecEntityOperatorUserOperator;
  template?: KafkaSpecEntityOperatorTemplate;
}

export interface KafkaSpecClusterCa {
  generateCertificateAuthority?: boolean;
  generateSecretOwnerReference?: boolean;
  validityDays?: number;
  renewalDays?: number;
  certificateExpirationPolicy?: 'renew-certificate' | 'replace-key';
}

export interface KafkaSpecCruiseControlTemplate {
  deployment?: KafkaSpecEntityOperatorTemplateDeployment;
  pod?: KafkaSpecEntityOperatorTemplatePod;
  apiService?: KafkaSpecKafkaTemplateBootstrapService;
  podDisruptionBudget?: KafkaSpecKafkaTemplatePodDisruptionBudget;
  cruiseControlContainer?: KafkaSpecKafkaTemplateKafkaContainer;
  serviceAccount?: KafkaSpecKafkaTemplateExternalBootstrapService;
}

export interface KafkaSpecCruiseControlBrokerCapacityOverridesItem {
  brokers: number[];
  cpu?: string;
  inboundNetwork?: string;
  outboundNetwork?: string;
}

export interface KafkaSpecCruiseControlBrokerCapacity {
  cpu?: string;
  inboundNetwork?: string;
  outboundNetwork?: string;
  overrides?: KafkaSpecCruiseControlBrokerCapacityOverridesItem[];
}

export interface KafkaSpecCruiseControlApiUsersValueFrom {
  secretKeyRef?: KafkaSpecKafkaMetricsConfigValueFromConfigMapKeyRef;
}

export interface KafkaSpecCruiseControlApiUsers {
  type: 'hashLoginService';
  valueFrom: KafkaSpecCruiseControlApiUsersValueFrom;
}

export interface KafkaSpecCruiseControlAutoRebalanceItem {
  mode: 'add-brokers' | 'remove-brokers';
  template?: KafkaSpecKafkaTemplatePodImagePullSecretsItem;
}

export interface KafkaSpecCruiseControl {
  image?: string;
  resources?: KafkaSpecEntityOperatorTopicOperatorResources;
  livenessProbe?: KafkaSpecKafkaLivenessProbe;
  readinessProbe?: KafkaSpecKafkaLivenessProbe;
  jvmOptions?: KafkaSpecKafkaJvmOptions;
  logging?: KafkaSpecKafkaLogging;
  template?: KafkaSpecCruiseControlTemplate;
  brokerCapacity?: KafkaSpecCruiseControlBrokerCapacity;
  config?: Record<string, unknown>;
  metricsConfig?: KafkaSpecKafkaMetricsConfig;
  apiUsers?: KafkaSpecCruiseControlApiUsers;
  autoRebalance?: KafkaSpecCruiseControlAutoRebalanceItem[];
}

export interface KafkaSpecKafkaExporterTemplate {
  deployment?: KafkaSpecEntityOperatorTemplateDeployment;
  pod?: KafkaSpecEntityOperatorTemplatePod;
  container?: KafkaSpecKafkaTemplateKafkaContainer;
  serviceAccount?: KafkaSpecKafkaTemplateExternalBootstrapService;
  podDisruptionBudget?: KafkaSpecKafkaTemplatePodDisruptionBudget;
}

export interface KafkaSpecKafkaExporter {
  image?: string;
  groupRegex?: string;
  topicRegex?: string;
  groupExcludeRegex?: string;
  topicExcludeRegex?: string;
  resources?: KafkaSpecEntityOperatorTopicOperatorResources;
  logging?: string;
  livenessProbe?: KafkaSpecKafkaLivenessProbe;
  readinessProbe?: KafkaSpecKafkaLivenessProbe;
  enableSaramaLogging?: boolean;
  showAllOffsets?: boolean;
  template?: KafkaSpecKafkaExporterTemplate;
}

export interface KafkaSpec {
  kafka: KafkaSpecKafka;
  entityOperator?: KafkaSpecEntityOperator;
  clusterCa?: KafkaSpecClusterCa;
  clientsCa?: KafkaSpecClusterCa;
  cruiseControl?: KafkaSpecCruiseControl;
  kafkaExporter?: KafkaSpecKafkaExporter;
  maintenanceTimeWindows?: string[];
}

export interface KafkaStatusConditionsItem {
  type?: string;
  status?: string;
  lastTransitionTime?: string;
  reason?: string;
  message?: string;
}

export interface KafkaStatusListenersItemAddressesItem {
  host?: string;
  port?: number;
}

export interface KafkaStatusListenersItem {
  name?: string;
  addresses?: KafkaStatusListenersItemAddressesItem[];
  bootstrapServers?: string;
  certificates?: string[];
}

export interface KafkaStatusAutoRebalanceModesItem {
  mode?: 'add-brokers' | 'remove-brokers';
  brokers?: number[];
}

export interface KafkaStatusAutoRebalance {
  state?: 'Idle' | 'RebalanceOnScaleDown' | 'RebalanceOnScaleUp';
  lastTransitionTime?: string;
  modes?: KafkaStatusAutoRebalanceModesItem[];
}

export interface KafkaStatusClusterSecurity {}

export interface KafkaStatus {
  conditions?: KafkaStatusConditionsItem[];
  observedGeneration?: number;
  listeners?: KafkaStatusListenersItem[];
  kafkaNodePools?: KafkaSpecKafkaTemplatePodImagePullSecretsItem[];
  clusterId?: string;
  operatorLastSuccessfulVersion?: string;
  kafkaVersion?: string;
  kafkaMetadataVersion?: string;
  autoRebalance?: KafkaStatusAutoRebalance;
  clusterSecurity?: KafkaStatusClusterSecurity;
}
