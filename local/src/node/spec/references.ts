/** Which objects a pod refers to by name: what the node watches for it, and nothing else. */
import { type Pod, specOf } from '../types.ts';

export interface References {
  configMaps: string[];
  secrets: string[];
  claims: string[];
}

export function referencesOf(pod: Pod): References {
  const configMaps = new Set<string>();
  const secrets = new Set<string>();
  const claims = new Set<string>();
  const add = (names: Set<string>, name: string | undefined) => {
    if (name !== undefined && name !== '') names.add(name);
  };
  const spec = specOf(pod);
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
    for (const from of container.envFrom ?? []) {
      add(configMaps, from.configMapRef?.name);
      add(secrets, from.secretRef?.name);
    }
    for (const { valueFrom } of container.env ?? []) {
      add(configMaps, valueFrom?.configMapKeyRef?.name);
      add(secrets, valueFrom?.secretKeyRef?.name);
    }
  }
  for (const volume of spec.volumes ?? []) {
    add(configMaps, volume.configMap?.name);
    add(secrets, volume.secret?.secretName);
    add(claims, volume.persistentVolumeClaim?.claimName);
    for (const source of volume.projected?.sources ?? []) {
      add(configMaps, source.configMap?.name);
      add(secrets, source.secret?.name);
    }
  }
  return { configMaps: [...configMaps], secrets: [...secrets], claims: [...claims] };
}
