import { byteCount } from '@tributary/api';
import type { PersistentVolumeClaim } from '../kube/index.ts';
import { ownedBy, type Feed } from './feed.ts';
import { childLabels } from './labels.ts';
import { childName } from './names.ts';

/** A claim where a size is asked for; undefined: an emptyDir serves. */
export function planStorage(feed: Feed): PersistentVolumeClaim | undefined {
  const { size, storageClassName } = feed.spec.storage;
  if (size === undefined) return undefined;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: childName(feed.name, 'consumer'),
      namespace: feed.namespace,
      labels: childLabels(feed, 'consumer'),
      ownerReferences: ownedBy(feed),
    },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: String(byteCount(size)) } },
      ...(storageClassName === undefined ? {} : { storageClassName }),
    },
  };
}
