import type { ConsumerConfig, ConsumerStatus, Health } from '@tributary/api';
import type { Totals } from '../files/file-facts.ts';

/** Released together with the whole of Tributary. */
export const VERSION = '0.1.0';

/** What `/status`, `/readyz` and the lag metric tell; written by the consumer's loops. */
export class ConsumerState {
  kafka: Health = { healthy: false, reason: 'NotTriedYet', message: 'Kafka has not been tried yet' };
  volume: Health = { healthy: false, reason: 'NotTriedYet', message: 'the volume has not been tried yet' };
  topicId: string | undefined;
  /** Whether every partition's position is known (Delivery 5). */
  positioned = false;
  lastFile: string | undefined;
  lastUploadAt: string | undefined;
  audit: ConsumerStatus['audit'];
  auditNotPossible: ConsumerStatus['auditNotPossible'];
  totals: () => { landed: Totals; uploaded: Totals } = () => ({ landed: NONE, uploaded: NONE });
  lag: () => number | undefined = () => undefined;
}

const NONE: Totals = { rows: 0, files: 0 };

export function statusOf({ feed }: ConsumerConfig, state: ConsumerState): ConsumerStatus {
  const { landed, uploaded } = state.totals();
  const lag = state.lag();
  return {
    component: 'consumer',
    feed: `${feed.namespace}/${feed.name}`,
    uid: feed.uid,
    version: VERSION,
    kafka: state.kafka,
    volume: state.volume,
    ...(state.topicId === undefined ? {} : { topicId: state.topicId }),
    landed: { records: landed.rows, files: landed.files },
    uploaded: {
      records: uploaded.rows,
      files: uploaded.files,
      ...(state.lastFile === undefined ? {} : { lastFile: state.lastFile }),
      ...(state.lastUploadAt === undefined ? {} : { at: state.lastUploadAt }),
    },
    ...(lag === undefined ? {} : { lag }),
    ...(state.audit === undefined ? {} : { audit: state.audit }),
    ...(state.auditNotPossible === undefined ? {} : { auditNotPossible: state.auditNotPossible }),
    notYetSupported: [],
  };
}
