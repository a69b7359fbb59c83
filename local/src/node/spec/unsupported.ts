/**
 * What a node without root and without containers cannot do. Such a pod fails at once with the reason
 * `UnsupportedByLocalNode`, rather than run as something that it is not.
 *
 * Not in this list, because nothing would run otherwise, and said in the node's documentation instead: limits of CPU and
 * memory, a read-only root, users and groups, seccomp, and network policies are accepted and not enforced.
 */
import { type ContainerSpec, type Pod, type PodSpec, specOf, type Volume } from '../types.ts';
import { type ImagePrograms, programOf } from './images.ts';

export const UNSUPPORTED = 'UnsupportedByLocalNode';

const VOLUME_KINDS = ['configMap', 'secret', 'projected', 'emptyDir', 'downwardAPI', 'persistentVolumeClaim'];

/** Undefined: the node can run the pod. */
export function whyUnsupported(pod: Pod, programs: ImagePrograms): string | undefined {
  const spec = specOf(pod);
  return first([
    () => unsupportedPod(spec),
    ...(spec.volumes ?? []).map((volume) => () => unsupportedVolume(volume)),
    ...(spec.initContainers ?? []).map(
      (container) => () =>
        'restartPolicy' in container && container.restartPolicy === 'Always'
          ? `init container ${container.name}: restartPolicy Always (a sidecar)`
          : unsupportedContainer(container, programs),
    ),
    ...spec.containers.map((container) => () => unsupportedContainer(container, programs)),
  ]);
}

function unsupportedPod(spec: PodSpec): string | undefined {
  if (spec.hostNetwork === true) return 'hostNetwork';
  if (spec.hostPID === true) return 'hostPID';
  if (spec.hostIPC === true) return 'hostIPC';
  if (spec.runtimeClassName !== undefined) return `runtimeClassName ${spec.runtimeClassName}`;
  if (spec.os?.name === 'windows') return 'os windows';
  if ((spec.hostAliases ?? []).length > 0)
    return 'hostAliases (processes share the hosts file of the machine)';
  if (spec.securityContext?.runAsUser === 0) return 'runAsUser 0';
  if ((spec.securityContext?.sysctls ?? []).length > 0) return 'sysctls';
  return undefined;
}

function unsupportedVolume(volume: Volume): string | undefined {
  const kind = Object.keys(volume).find((key) => key !== 'name' && volume[key as keyof Volume] !== undefined);
  if (kind === undefined || VOLUME_KINDS.includes(kind)) return undefined;
  return `volume ${volume.name}: ${kind}`;
}

function unsupportedContainer(container: ContainerSpec, programs: ImagePrograms): string | undefined {
  const { name, securityContext, image = '' } = container;
  const what = first([
    () => (securityContext?.privileged === true ? 'privileged' : undefined),
    () => (securityContext?.runAsUser === 0 ? 'runAsUser 0' : undefined),
    () => {
      const added = securityContext?.capabilities?.add ?? [];
      return added.length > 0 ? `capabilities ${added.join(', ')}` : undefined;
    },
    () => ((container.volumeDevices ?? []).length > 0 ? 'volumeDevices' : undefined),
    () => {
      const port = container.ports?.find(({ hostPort }) => hostPort !== undefined && hostPort !== 0);
      return port === undefined ? undefined : `hostPort ${port.hostPort}`;
    },
    () => {
      const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe];
      return probes.some((probe) => probe?.grpc !== undefined) ? 'a gRPC probe' : undefined;
    },
    () => nestedMount(container),
    () => {
      if (programOf(image, programs) !== undefined) return undefined;
      const known = Object.keys(programs).toSorted().join(', ');
      return `image ${image} (it pulls none; it knows ${known === '' ? 'none' : known})`;
    },
  ]);
  return what === undefined ? undefined : `container ${name}: ${what}`;
}

/** Mounts are links in a folder; one inside another would write into the outer volume. */
function nestedMount(container: ContainerSpec): string | undefined {
  const paths = (container.volumeMounts ?? []).map(({ mountPath }) => mountPath.replace(/\/+$/, ''));
  const inner = paths.find((path) => paths.some((outer) => path !== outer && path.startsWith(`${outer}/`)));
  if (paths.includes('')) return 'a mount at /';
  return inner === undefined ? undefined : `a mount inside another mount (${inner})`;
}

function first(checks: (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const found = check();
    if (found !== undefined) return found;
  }
  return undefined;
}
