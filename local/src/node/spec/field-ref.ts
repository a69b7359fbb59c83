/** The downward API: what a pod may know about itself. */
import { parseQuantity } from '@tributary/operator/kube';
import { type ContainerSpec, type Pod, type PodFacts, specOf } from '../types.ts';

/** Undefined: there is no such field (the API server refuses most of those), or it is not known yet. */
export function fieldValue(pod: Pod, path: string, facts: PodFacts): string | undefined {
  const { metadata } = pod;
  const subscript = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (subscript !== null)
    return metadata[subscript[1] as 'labels' | 'annotations']?.[subscript[2] ?? ''] ?? '';
  switch (path) {
    case 'metadata.name':
      return metadata.name;
    case 'metadata.namespace':
      return metadata.namespace;
    case 'metadata.uid':
      return metadata.uid;
    case 'metadata.labels':
      return lines(metadata.labels);
    case 'metadata.annotations':
      return lines(metadata.annotations);
    case 'spec.nodeName':
      return specOf(pod).nodeName;
    case 'spec.serviceAccountName':
      return specOf(pod).serviceAccountName;
    case 'status.hostIP':
    case 'status.hostIPs':
      return facts.hostIP;
    case 'status.podIP':
    case 'status.podIPs':
      return facts.podIP;
    default:
      return undefined;
  }
}

/** `limits.cpu` in units of `divisor`, rounded up; without a limit what the node has to give. */
export function resourceValue(
  container: ContainerSpec,
  resource: string,
  divisor: string | undefined,
  facts: PodFacts,
): string | undefined {
  const match = /^(limits|requests)\.([\w./-]+)$/.exec(resource);
  if (match === null) return undefined;
  const [, kind, name = ''] = match;
  const declared = container.resources?.[kind as 'limits' | 'requests']?.[name];
  const quantity = declared ?? (kind === 'limits' ? facts.allocatable[name] : undefined) ?? '0';
  const amount = parseQuantity(quantity);
  // The API server fills an absent divisor in as "0", which means 1.
  const unit = parseQuantity(divisor === undefined || divisor === '0' ? '1' : divisor);
  if (amount === undefined || unit === undefined || unit === 0n) return undefined;
  return String((amount + unit - 1n) / unit);
}

function lines(map: Record<string, string> = {}): string {
  return Object.keys(map)
    .toSorted()
    .map((key) => `${key}=${JSON.stringify(map[key])}`)
    .join('\n');
}
