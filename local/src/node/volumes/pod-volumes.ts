/** The volumes of one pod: filled before its containers start, kept up to date while they run. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Clock,
  type KubeClient,
  KubeApiError,
  type PersistentVolume,
  PersistentVolumeClaimResource,
  PersistentVolumeResource,
} from '@tributary/operator/kube';
import { stringify } from 'yaml';
import type { ObjectSource } from '../spec/resolve-env.ts';
import { type ContainerSpec, type Pod, type PodFacts, specOf, type Volume } from '../types.ts';
import { writeAtomically } from './atomic-writer.ts';
import { filesOf, MountError, tokensOf } from './payload.ts';
import type { PodFolder } from './pod-folder.ts';
import { ServiceAccountTokens } from './service-account-tokens.ts';

export interface PodVolumesOptions {
  client: KubeClient;
  clock: Clock;
  pod: Pod;
  facts: PodFacts;
  objects: ObjectSource;
  folder: PodFolder;
  /** For the kubeconfig of pods that have a token. */
  server: string;
}

export class PodVolumes {
  readonly #options: PodVolumesOptions;
  readonly #tokens: ServiceAccountTokens;
  readonly #claims = new Map<string, string>();

  constructor(options: PodVolumesOptions) {
    this.#options = options;
    this.#tokens = new ServiceAccountTokens(options.client, options.clock, options.pod);
  }

  /** Brings every volume up to date; throws `MountError` for what is not there yet. Returns when tokens are due again. */
  async fill(pod: Pod, signal: AbortSignal): Promise<number | undefined> {
    const { folder, facts, objects } = this.#options;
    const volumes = specOf(pod).volumes ?? [];
    const dueInMs = await this.#tokens.renew(volumes.flatMap(tokensOf), signal);
    for (const volume of volumes) {
      if (volume.persistentVolumeClaim !== undefined) {
        await this.#claim(volume, signal);
        continue;
      }
      const files = filesOf(volume, { pod, facts, objects, tokens: this.#tokens.values });
      if (files === undefined) mkdirSync(folder.volume(volume.name), { recursive: true });
      else writeAtomically(folder.volume(volume.name), files);
    }
    return dueInMs;
  }

  folderOf(volume: string): string {
    return this.#claims.get(volume) ?? this.#options.folder.volume(volume);
  }

  /** emptyDirs do not outlive their pod: a pod that starts anew in the same folder finds them empty. */
  clear(pod: Pod): void {
    for (const volume of specOf(pod).volumes ?? [])
      if (volume.emptyDir !== undefined)
        rmSync(this.#options.folder.volume(volume.name), { recursive: true, force: true });
  }

  /**
   * The kubeconfig of a container that has a service account token, since clients look for the token at a fixed path
   * that is not theirs here. Undefined for other containers.
   */
  kubeconfig(container: ContainerSpec): string | undefined {
    const { pod, folder, server } = this.#options;
    for (const { name, mountPath } of container.volumeMounts ?? []) {
      const volume = specOf(pod).volumes?.find((candidate) => candidate.name === name);
      const sources = volume?.projected?.sources ?? [];
      const token = sources.find((source) => source.serviceAccountToken !== undefined)?.serviceAccountToken;
      const ca = sources.find((source) => source.configMap?.name === 'kube-root-ca.crt')?.configMap;
      if (token === undefined || ca === undefined) continue;
      const base = join(folder.root(container.name), mountPath);
      const entry = 'local-node';
      writeFileSync(
        folder.kubeconfig,
        stringify({
          apiVersion: 'v1',
          kind: 'Config',
          clusters: [
            {
              name: entry,
              cluster: { server, 'certificate-authority': join(base, ca.items?.[0]?.path ?? 'ca.crt') },
            },
          ],
          // kubectl reads `tokenFile`; @kubernetes/client-node knows it by its older name only.
          users: [
            {
              name: entry,
              user: { tokenFile: join(base, token.path), 'token-file': join(base, token.path) },
            },
          ],
          contexts: [
            { name: entry, context: { cluster: entry, user: entry, namespace: pod.metadata.namespace } },
          ],
          'current-context': entry,
        }),
        { mode: 0o600 },
      );
      return folder.kubeconfig;
    }
    return undefined;
  }

  async #claim(volume: Volume, signal: AbortSignal): Promise<void> {
    if (this.#claims.has(volume.name)) return;
    const { client, pod } = this.#options;
    const { namespace } = pod.metadata;
    const name = volume.persistentVolumeClaim?.claimName ?? '';
    try {
      const claim = await client.get(PersistentVolumeClaimResource, name, namespace, signal);
      const volumeName = claim?.spec?.volumeName;
      if (claim === undefined) throw new MountError(`persistentvolumeclaim "${name}" not found`);
      if (volumeName === undefined || claim.status?.phase !== 'Bound')
        throw new MountError(`persistentvolumeclaim "${name}" is not bound`);
      const persistent = await client.get(PersistentVolumeResource, volumeName, undefined, signal);
      this.#claims.set(volume.name, folderOfVolume(volumeName, persistent));
    } catch (error) {
      // The API server knows with a short delay that this node needs the claim.
      if (error instanceof KubeApiError && error.isForbidden)
        throw new MountError(error.message, { cause: error });
      throw error;
    }
  }
}

function folderOfVolume(name: string, volume: PersistentVolume | undefined): string {
  const path = volume?.spec?.local?.path;
  if (path === undefined) throw new MountError(`persistentvolume "${name}" is no folder of this node`);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}
