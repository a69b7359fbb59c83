/** Persistent volumes from the work folder: a folder for each claim of the storage class `local`. */
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Clock,
  joinKey,
  type KubeClient,
  KubeApiError,
  type KubeLog,
  type PersistentVolume,
  type PersistentVolumeClaim,
  PersistentVolumeClaimResource,
  PersistentVolumeResource,
  Reflector,
  splitKey,
  type StorageClass,
  StorageClassResource,
  Workers,
  WorkQueue,
} from '@tributary/operator/kube';

export const STORAGE_CLASS = 'local';
export const PROVISIONER = 'tributary.dev/local-folder';
const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by';
const WANTED_PROVISIONER = 'volume.kubernetes.io/storage-provisioner';

export interface ProvisionerOptions {
  client: KubeClient;
  clock: Clock;
  log: KubeLog;
  nodeName: string;
  /** Each volume is a folder in it. */
  folder: string;
}

/** Runs until `signal` is aborted. */
export async function runProvisioner(options: ProvisionerOptions, signal: AbortSignal): Promise<void> {
  const { client, clock, log } = options;
  const queue = new WorkQueue({ name: 'local-volumes', clock });
  const claims = new Reflector<PersistentVolumeClaim>({
    client,
    type: PersistentVolumeClaimResource,
    clock,
    log,
    handler: ({ object }) => queue.add(`claim/${joinKey(object.metadata.name, object.metadata.namespace)}`),
  });
  const volumes = new Reflector<PersistentVolume>({
    client,
    type: PersistentVolumeResource,
    clock,
    log,
    handler: ({ object }) => queue.add(`volume/${object.metadata.name}`),
  });
  const workers = new Workers({
    queue,
    clock,
    log,
    concurrency: 1,
    reconcile: async (key) => {
      const { namespace: kind, name: rest } = splitKey(key);
      if (kind === 'claim') {
        const { namespace, name } = splitKey(rest);
        const claim = claims.store.get(name, namespace);
        if (claim !== undefined) await provision(options, claim, signal);
      } else {
        const volume = volumes.store.get(rest);
        if (volume !== undefined) await reclaim(options, volume, signal);
      }
    },
  });
  const stop = () => queue.close();
  signal.addEventListener('abort', stop, { once: true });
  await Promise.all([claims.run(signal), volumes.run(signal), workers.run(signal)]);
}

/** The default class, so that a claim without a class gets a folder too. */
export function storageClass(): StorageClass {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: STORAGE_CLASS, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: PROVISIONER,
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'Immediate',
  };
}

async function provision(
  { client, nodeName, folder, log }: ProvisionerOptions,
  claim: PersistentVolumeClaim,
  signal: AbortSignal,
): Promise<void> {
  const { metadata, spec } = claim;
  if (metadata.annotations?.[WANTED_PROVISIONER] !== PROVISIONER) return;
  if ((spec?.volumeName ?? '') !== '' || metadata.deletionTimestamp !== undefined) return;
  const name = `pvc-${metadata.uid}`;
  const path = join(folder, name);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const volume: PersistentVolume = {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name, annotations: { [PROVISIONED_BY]: PROVISIONER } },
    spec: {
      capacity: { storage: spec?.resources?.requests?.['storage'] ?? '1Gi' },
      accessModes: spec?.accessModes ?? ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Delete',
      storageClassName: STORAGE_CLASS,
      volumeMode: 'Filesystem',
      local: { path },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [nodeName] }] },
          ],
        },
      },
      claimRef: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        name: metadata.name,
        ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
        ...(metadata.uid === undefined ? {} : { uid: metadata.uid }),
      },
    },
  };
  try {
    await client.create(PersistentVolumeResource, volume, { signal });
    log.info({ volume: name, claim: `${metadata.namespace}/${metadata.name}` }, 'made a local volume');
  } catch (error) {
    if (!(error instanceof KubeApiError && error.isAlreadyExists)) throw error;
  }
}

/** A volume whose claim is gone goes, with what is in it. */
async function reclaim(
  { client, folder, log }: ProvisionerOptions,
  volume: PersistentVolume,
  signal: AbortSignal,
): Promise<void> {
  const { metadata, spec, status } = volume;
  if (metadata.annotations?.[PROVISIONED_BY] !== PROVISIONER) return;
  if (status?.phase !== 'Released' || spec?.persistentVolumeReclaimPolicy !== 'Delete') return;
  const path = join(folder, metadata.name);
  // Only what this provisioner made, wherever the object points now.
  if (spec.local?.path === path) await rm(path, { recursive: true, force: true });
  await client.delete(PersistentVolumeResource, metadata.name, undefined, {
    signal,
    ...(metadata.uid === undefined ? {} : { uid: metadata.uid }),
  });
  log.info({ volume: metadata.name }, 'removed a local volume');
}

export const ensureStorageClass = async (client: KubeClient, signal: AbortSignal): Promise<void> => {
  await client.apply(StorageClassResource, storageClass(), { fieldManager: 'tributary-local-node', signal });
};
