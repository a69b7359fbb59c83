export { startLocalNode } from './local-node.ts';
export type { LocalNode, LocalNodeOptions, LocalPod } from './local-node.ts';
export type { Cluster } from './kubelet/identities.ts';
export { STORAGE_CLASS } from './volumes/provisioner.ts';
export { UNSUPPORTED } from './spec/unsupported.ts';
