import type { StatusDraft } from './status-draft.ts';

/** How a reconcile ended, in kstatus' terms. */
export type Outcome =
  | { kind: 'ready'; reason: string; message: string }
  /** Under way, by itself. */
  | { kind: 'waiting'; reason: string; message: string }
  /** A person must act. */
  | { kind: 'stalled'; reason: string; message: string }
  /** Something failed that may well work the next time. */
  | { kind: 'retrying'; reason: string; message: string };

/** Sets Ready, and Reconciling or Stalled only while they are true. */
export function settle(draft: StatusDraft, generation: number, { kind, reason, message }: Outcome): void {
  draft.remove('Stalled');
  draft.remove('Reconciling');
  switch (kind) {
    case 'ready':
      draft.set('Ready', 'True', reason, message);
      return;
    case 'stalled':
      draft.set('Stalled', 'True', reason, message);
      draft.set('Ready', 'False', reason, message);
      return;
    case 'waiting':
      draft.set('Reconciling', 'True', reason, message);
      draft.set('Ready', 'False', reason, message);
      return;
    case 'retrying':
      draft.set('Reconciling', 'True', reason, message);
      // What worked before the trouble still does: Ready must not flap with the API server's moods.
      if (draft.get('Ready')?.observedGeneration !== generation) draft.set('Ready', 'False', reason, message);
  }
}
