/** Objects as a plan makes them: one of each kind, with the fields that the API server defaults, rounds or reorders. */
import {
  ConfigMapResource,
  DeploymentResource,
  NetworkPolicyResource,
  PersistentVolumeClaimResource,
  SecretResource,
  ServiceResource,
} from '../resources.ts';
import type { KubeObject, ResourceType } from '../types.ts';

export interface Planned {
  type: ResourceType;
  object: KubeObject;
}

export function plannedObjects(namespace: string): Planned[] {
  const labels = { 'app.kubernetes.io/name': 'producer', 'app.kubernetes.io/instance': 'planned' };
  const metadata = { name: 'planned', namespace, labels };
  const plan = (type: ResourceType, apiVersion: string, rest: object): Planned => ({
    type,
    object: { apiVersion, kind: type.kind, metadata, ...rest },
  });
  return [
    plan(ConfigMapResource, 'v1', { data: { 'config.json': '{}' } }),
    plan(SecretResource, 'v1', { type: 'Opaque', data: { key: Buffer.from('value').toString('base64') } }),
    plan(ServiceResource, 'v1', {
      spec: { selector: labels, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
    }),
    plan(PersistentVolumeClaimResource, 'v1', {
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1024Mi' } } },
    }),
    plan(NetworkPolicyResource, 'networking.k8s.io/v1', {
      spec: {
        podSelector: { matchLabels: labels },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [],
        egress: [{ ports: [{ port: 443 }, { port: 53, protocol: 'UDP' }] }],
      },
    }),
    plan(DeploymentResource, 'apps/v1', { spec: deploymentSpec(labels) }),
  ];
}

function deploymentSpec(labels: Record<string, string>): object {
  return {
    replicas: 1,
    strategy: { type: 'Recreate' },
    selector: { matchLabels: labels },
    template: {
      metadata: { labels, annotations: { 'tributary.dev/config-checksum': 'abc' } },
      spec: {
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            name: 'producer',
            image: 'tributary/producer:0.1.0',
            env: [
              { name: 'NODE_OPTIONS', value: '--max-old-space-size=96' },
              { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
              { name: 'EMPTY', value: '' },
            ],
            ports: [{ name: 'http', containerPort: 8080 }],
            resources: {
              requests: { cpu: '0.05', memory: '96Mi' },
              limits: { cpu: '1000m', memory: '0.25Gi' },
            },
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ['ALL'] },
            },
            readinessProbe: { httpGet: { path: '/readyz', port: 'http' }, periodSeconds: 5 },
            volumeMounts: [
              { name: 'config', mountPath: '/etc/tributary', readOnly: true },
              { name: 'tmp', mountPath: '/tmp' },
            ],
          },
        ],
        volumes: [
          { name: 'config', configMap: { name: 'planned' } },
          { name: 'tmp', emptyDir: { sizeLimit: '1024Mi' } },
        ],
      },
    },
  };
}
