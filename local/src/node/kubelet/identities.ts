/**
 * Who the node is to the API server: a node like any other (`system:nodes`, so the Node authorizer and NodeRestriction
 * let it see only what its pods need), and beside it a provisioner of volumes with the role made for those.
 */
import { join } from 'node:path';
import {
  type ClusterRoleBinding,
  ClusterRoleBindingResource,
  ClusterRoleResource,
  type KubeClient,
} from '@tributary/operator/kube';
import type { CertificateAuthority, IssuedCertificate } from '../../certificates/certificate-authority.ts';

/** What a control plane gives to those who join it. */
export interface Cluster {
  /** https://127.0.0.1:port */
  server: string;
  caPem: string;
  ca: Pick<CertificateAuthority, 'issue'>;
  /** Of a cluster admin: used at the start only, to grant the node and its provisioner their rights. */
  kubeconfigPath: string;
  writeKubeconfig(path: string, user: IssuedCertificate): void;
}

const PROVISIONER_USER = 'tributary:local-provisioner';

/** Returns the paths of two kubeconfigs. */
export async function issueIdentities(
  cluster: Cluster,
  workDir: string,
  nodeName: string,
): Promise<{ node: string; provisioner: string }> {
  const [node, provisioner] = [join(workDir, 'node.kubeconfig'), join(workDir, 'provisioner.kubeconfig')];
  cluster.writeKubeconfig(
    node,
    await cluster.ca.issue({ commonName: `system:node:${nodeName}`, organizations: ['system:nodes'] }),
  );
  cluster.writeKubeconfig(provisioner, await cluster.ca.issue({ commonName: PROVISIONER_USER }));
  return { node, provisioner };
}

const EVENTS_ROLE = 'tributary:local-node-events';
const RBAC = 'rbac.authorization.k8s.io';

/** What the two may do beyond what the API server lets any node do. */
export async function grantRights(admin: KubeClient, nodeName: string, signal: AbortSignal): Promise<void> {
  const options = { fieldManager: 'tributary-local-node', signal };
  await admin.apply(
    ClusterRoleBindingResource,
    binding(PROVISIONER_USER, 'system:persistent-volume-provisioner', PROVISIONER_USER),
    options,
  );
  // Nodes may write events of the old kind only; ours are of the new one.
  await admin.apply(
    ClusterRoleResource,
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRole',
      metadata: { name: EVENTS_ROLE },
      rules: [{ apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] }],
    },
    options,
  );
  await admin.apply(
    ClusterRoleBindingResource,
    binding(`${EVENTS_ROLE}:${nodeName}`, EVENTS_ROLE, `system:node:${nodeName}`),
    options,
  );
}

function binding(name: string, role: string, user: string): ClusterRoleBinding {
  return {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup: RBAC, kind: 'User', name: user }],
  };
}
