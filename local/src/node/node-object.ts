/** The Node as it is registered: it says that it is none of the usual kind. Pure. */
import { arch } from 'node:os';
import type { Node, NodeStatus } from './types.ts';

export interface NodeFacts {
  name: string;
  address: string;
  kubeletPort: number;
  cpus: number;
  memoryBytes: number;
  maxPods: number;
  kernelVersion: string;
  machineID: string;
  bootID: string;
}

export const LOCAL_NODE_LABEL = 'tributary.dev/local-node';
const ARCHITECTURES: Record<string, string> = { x64: 'amd64', arm64: 'arm64' };

export function nodeObject(facts: NodeFacts): Node {
  const architecture = ARCHITECTURES[arch()] ?? arch();
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: facts.name,
      labels: {
        'kubernetes.io/hostname': facts.name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': architecture,
        // NodeRestriction refuses other labels below kubernetes.io from a node itself.
        [LOCAL_NODE_LABEL]: 'true',
      },
      annotations: {
        'tributary.dev/local-node-is':
          'Pods are processes of one user: no images, no isolation; limits, read-only root, users and network policies are not enforced.',
      },
    },
    spec: {},
  };
}

export function allocatableOf({ cpus, memoryBytes, maxPods }: NodeFacts): Record<string, string> {
  return {
    cpu: String(cpus),
    memory: `${Math.floor(memoryBytes / 1024)}Ki`,
    pods: String(maxPods),
    'ephemeral-storage': '100Gi',
  };
}

/** `present` keeps the times of conditions that have not changed. */
export function nodeStatus(facts: NodeFacts, now: string, ready: boolean, present?: NodeStatus): NodeStatus {
  const allocatable = allocatableOf(facts);
  const condition = (type: string, status: 'True' | 'False', reason: string, message: string) => {
    const before = present?.conditions?.find((candidate) => candidate.type === type);
    const since = before?.status === status ? before.lastTransitionTime : undefined;
    return { type, status, reason, message, lastHeartbeatTime: now, lastTransitionTime: since ?? now };
  };
  return {
    addresses: [
      { type: 'InternalIP', address: facts.address },
      { type: 'Hostname', address: facts.name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: facts.kubeletPort } },
    capacity: allocatable,
    allocatable,
    conditions: [
      condition('MemoryPressure', 'False', 'NotMeasured', 'the local node does not measure memory'),
      condition('DiskPressure', 'False', 'NotMeasured', 'the local node does not measure disks'),
      condition('PIDPressure', 'False', 'NotMeasured', 'the local node does not measure processes'),
      ready
        ? condition('Ready', 'True', 'LocalNodeReady', 'the local node runs pods as processes')
        : condition('Ready', 'False', 'LocalNodeStopped', 'the local node was stopped'),
    ],
    nodeInfo: {
      architecture: ARCHITECTURES[arch()] ?? arch(),
      operatingSystem: 'linux',
      osImage: 'Tributary local node (pods are processes, nothing is isolated)',
      kernelVersion: facts.kernelVersion,
      kubeletVersion: 'v1.34.0-tributary-local',
      kubeProxyVersion: '',
      containerRuntimeVersion: 'processes://1',
      machineID: facts.machineID,
      systemUUID: facts.machineID,
      bootID: facts.bootID,
    },
  };
}
