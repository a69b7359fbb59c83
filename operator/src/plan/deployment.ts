import {
  CONSUMER_NODE_OPTIONS,
  POD_ENV,
  POD_USER,
  PRODUCER_MALLOC,
  PRODUCER_NODE_OPTIONS,
  SUBJECT_TOKEN_FILE,
} from '@tributary/api';
import type { Deployment } from '../kube/index.ts';
import type { ConnectionPlan } from './credentials.ts';
import { ownedBy, type Component, type Feed } from './feed.ts';
import { childLabels, selectorLabels } from './labels.ts';
import { childName } from './names.ts';
import { overrideTemplate, type PodTemplate } from './overrides.ts';

type PodSpec = NonNullable<PodTemplate['spec']>;
type Volume = NonNullable<PodSpec['volumes']>[number];
type Container = PodSpec['containers'][number];

export const POD_PORT = 8080;
/** On the pod template: a pod is replaced when what it was started with has changed. */
export const CONFIG_CHECKSUM = 'tributary.dev/config-checksum';
export const SECRETS_CHECKSUM = 'tributary.dev/secrets-checksum';

const CONFIG_DIR = '/etc/tributary/config';
const KAFKA_DIR = '/etc/tributary/kafka';
const SOURCE_DIR = '/etc/tributary/source';
const DATABRICKS_DIR = '/etc/tributary/databricks';
const DATA_DIR = '/data';
const NODE_OPTIONS: Readonly<Record<Component, string>> = {
  producer: PRODUCER_NODE_OPTIONS,
  consumer: CONSUMER_NODE_OPTIONS,
};
/** The kubelet renews the token after 80 % of it. */
const TOKEN_SECONDS = 3_600;
/** Readable by the pod's group only. */
const SECRET_MODE = 0o440;

export interface PodInputs {
  image: string;
  logLevel: string | undefined;
  configChecksum: string;
  secretsChecksum: string;
}

/** A folder of the pod: its volume, and the variable that says where it is. */
interface Folder {
  volume: Volume;
  path: string;
  env?: { name: string; value: string };
  readOnly: boolean;
}

export function planProducer(
  feed: Feed,
  inputs: PodInputs,
  secrets: readonly { name: string; keys: string[] }[],
): Deployment {
  const source: Folder = {
    // One projected volume, so that all keys of a rotation change at once.
    volume: {
      name: 'source',
      projected: {
        defaultMode: SECRET_MODE,
        sources: secrets.map(({ name, keys }) => ({
          secret: { name, items: keys.map((key) => ({ key, path: `${name}/${key}` })) },
        })),
      },
    },
    path: SOURCE_DIR,
    env: { name: POD_ENV.sourceSecretsDir, value: SOURCE_DIR },
    readOnly: true,
  };
  return planDeployment(feed, 'producer', inputs, secrets.length === 0 ? [] : [source]);
}

export function planConsumer(
  feed: Feed,
  inputs: PodInputs,
  connection: ConnectionPlan | undefined,
): Deployment {
  const data: Folder = {
    volume: {
      name: 'data',
      ...(feed.spec.storage.size === undefined
        ? { emptyDir: {} }
        : { persistentVolumeClaim: { claimName: childName(feed.name, 'consumer') } }),
    },
    path: DATA_DIR,
    env: { name: POD_ENV.dataDir, value: DATA_DIR },
    readOnly: false,
  };
  const { databricks } = feed.spec;
  if (databricks === undefined || connection === undefined)
    return planDeployment(feed, 'consumer', inputs, [data]);
  const { secretRef, serviceAccountName } = databricks.connection;
  const login: Folder = {
    volume: connectionVolume(secretRef.name, connection),
    path: DATABRICKS_DIR,
    env: { name: POD_ENV.databricksDir, value: DATABRICKS_DIR },
    readOnly: true,
  };
  return planDeployment(feed, 'consumer', inputs, [data, login], serviceAccountName);
}

function connectionVolume(secretName: string, { keys, audience }: ConnectionPlan): Volume {
  const items = keys.map((key) => ({ key, path: key }));
  if (audience === undefined)
    return { name: 'databricks', secret: { secretName, defaultMode: SECRET_MODE, items } };
  return {
    name: 'databricks',
    projected: {
      defaultMode: SECRET_MODE,
      sources: [
        { secret: { name: secretName, items } },
        // For Databricks only: with this audience it opens nothing of the cluster.
        { serviceAccountToken: { audience, expirationSeconds: TOKEN_SECONDS, path: SUBJECT_TOKEN_FILE } },
      ],
    },
  };
}

function planDeployment(
  feed: Feed,
  component: Component,
  inputs: PodInputs,
  more: Folder[],
  serviceAccountName = 'default',
): Deployment {
  const name = childName(feed.name, component);
  const labels = childLabels(feed, component);
  const folders = [configFolder(name), kafkaFolder(name), TEMPORARY, ...more];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: feed.namespace, labels, ownerReferences: ownedBy(feed) },
    spec: {
      replicas: feed.spec.suspend ? 0 : 1,
      // Two producers would fence each other, two consumers race for the same files.
      strategy: { type: 'Recreate' },
      revisionHistoryLimit: 2,
      selector: { matchLabels: selectorLabels(feed, component) },
      template: overrideTemplate(feed.spec.pods[component], {
        metadata: {
          labels,
          annotations: {
            [CONFIG_CHECKSUM]: inputs.configChecksum,
            [SECRETS_CHECKSUM]: inputs.secretsChecksum,
          },
        },
        spec: {
          ...(serviceAccountName === 'default' ? {} : { serviceAccountName }),
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: 30,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: POD_USER,
            runAsGroup: POD_USER,
            fsGroup: POD_USER,
            fsGroupChangePolicy: 'OnRootMismatch',
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [container(component, inputs, folders)],
          volumes: folders.map(({ volume }) => volume),
        },
      }),
    },
  };
}

const MALLOC = Object.entries(PRODUCER_MALLOC).map(([name, value]) => ({ name, value }));

function container(component: Component, inputs: PodInputs, folders: Folder[]): Container {
  return {
    name: component,
    image: inputs.image,
    imagePullPolicy: 'IfNotPresent',
    env: [
      { name: POD_ENV.bindAddress, valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      { name: POD_ENV.port, value: String(POD_PORT) },
      ...folders.flatMap(({ env }) => env ?? []),
      { name: 'NODE_OPTIONS', value: NODE_OPTIONS[component] },
      ...(component === 'producer' ? MALLOC : []),
      ...(inputs.logLevel === undefined ? [] : [{ name: POD_ENV.logLevel, value: inputs.logLevel }]),
    ],
    ports: [{ name: 'http', containerPort: POD_PORT, protocol: 'TCP' }],
    resources: {
      requests: { cpu: '10m', memory: '96Mi' },
      // No CPU limit: throttling a transaction would only make it time out.
      limits: { memory: component === 'producer' ? '384Mi' : '512Mi' },
    },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    startupProbe: probe('/healthz', 1, 60),
    livenessProbe: probe('/healthz', 10, 3),
    readinessProbe: probe('/readyz', 2, 3),
    volumeMounts: folders.map(({ volume, path, readOnly }) => ({
      name: volume.name,
      mountPath: path,
      ...(readOnly ? { readOnly } : {}),
    })),
  };
}

function probe(
  path: string,
  periodSeconds: number,
  failureThreshold: number,
): NonNullable<Container['livenessProbe']> {
  return { httpGet: { path, port: 'http' }, periodSeconds, failureThreshold, timeoutSeconds: 5 };
}

function configFolder(name: string): Folder {
  return {
    volume: { name: 'config', configMap: { name } },
    path: CONFIG_DIR,
    env: { name: POD_ENV.config, value: `${CONFIG_DIR}/config.json` },
    readOnly: true,
  };
}

function kafkaFolder(name: string): Folder {
  return {
    volume: { name: 'kafka', secret: { secretName: name, defaultMode: SECRET_MODE } },
    path: KAFKA_DIR,
    env: { name: POD_ENV.kafkaDir, value: KAFKA_DIR },
    readOnly: true,
  };
}

const TEMPORARY: Folder = {
  volume: { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
  path: '/tmp',
  readOnly: false,
};
