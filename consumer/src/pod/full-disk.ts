import type { ConsumerConfig, Health } from '@tributary/api';
import type { VolumeReason } from '../landing/volume-health.ts';
import type { DiskBudget } from '../spool/disk-budget.ts';

/** A spent budget. With a volume uploads make room again; without one the files stay, and only a larger disk helps. */
export function fullDisk({ used, limit }: DiskBudget, { volume }: ConsumerConfig): Health {
  const what =
    volume === undefined
      ? `the files that have landed take ${used} of ${limit} bytes of disk: raise spec.storage.size, or give the feed a volume (spec.databricks)`
      : `${used} of ${limit} bytes of disk are in use`;
  return {
    healthy: false,
    reason: 'DiskFull' satisfies VolumeReason,
    message: `${what}; reading waits, Kafka keeps the records`,
  };
}
