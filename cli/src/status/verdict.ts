import type { Condition, ConditionType } from '@tributary/api';

/** Where a feed stands as a whole; `stalled` is for a person to end, `waiting` ends by itself. */
export interface Verdict {
  state: 'ready' | 'suspended' | 'waiting' | 'stalled' | 'unseen';
  /** As the heading has it, such as `Stalled: QuotaExceeded`. */
  title: string;
  /** What the operator says of it. */
  summary: string;
}

/** `current`: whether the status speaks of the newest spec. */
export function verdictOf(get: (type: ConditionType) => Condition | undefined, current: boolean): Verdict {
  const ready = get('Ready');
  if (!current || ready === undefined)
    return {
      state: 'unseen',
      title: 'not Ready',
      summary: current
        ? 'The operator has not looked at it yet.'
        : 'The operator has not looked at the newest spec yet.',
    };
  const { reason, message: summary } = ready;
  if (ready.status === 'True')
    return reason === 'Suspended'
      ? { state: 'suspended', title: 'Suspended', summary }
      : { state: 'ready', title: 'Ready', summary };
  return get('Stalled')?.status === 'True'
    ? { state: 'stalled', title: `Stalled: ${reason}`, summary }
    : { state: 'waiting', title: `Waiting: ${reason}`, summary };
}

/** The first of these that the message names is what stands in the way. */
const FIELDS: readonly [prefix: string, link: string][] = [
  ['spec.source', 'API'],
  ['spec.schedule', 'API'],
  ['spec.pods.producer', 'Producer'],
  ['spec.kafka', 'Topic'],
  ['spec.pods.consumer', 'Consumer'],
  ['spec.storage', 'Files'],
  ['spec.csv', 'Files'],
  ['spec.databricks', 'Analysis'],
];

/** Name of the link whose field a message begins with. */
export function blamedLink({ state, summary }: Verdict): string | undefined {
  if (state !== 'stalled' && state !== 'waiting') return undefined;
  return FIELDS.find(([prefix]) => summary.startsWith(prefix))?.[1];
}
