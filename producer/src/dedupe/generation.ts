import type { Column } from '@tributary/api';
import { digest } from '../extract/digest.ts';
import type { Checkpoint } from './feed-state.ts';

/**
 * Of what decides keys and cells: two shapes that differ make records that must not be compared. `nulls` are those of the
 * source, which hold for every column. How records are selected does not count: what a record is stays the same, and what
 * differs from what was last published is published.
 */
export function shapeOf(columns: readonly Column[], nulls: readonly string[] = []): string {
  return digest(
    JSON.stringify([
      ...columns.map(({ name, path, role, zone, format, zoneFrom, number, nulls: own, nullFrom }) => [
        name,
        path ?? name,
        role === 'key' || role === 'time' ? role : 'value',
        role === 'time' ? [zone ?? 'UTC', format ?? null, ...told(zoneFrom)] : null,
        // Absent as they mostly are, they add nothing: checkpoints of before they counted stay good.
        ...told(number, own, nullFrom),
      ]),
      ...(nulls.length === 0 ? [] : [{ nulls: nulls.toSorted() }]),
    ]),
  );
}

function told(...options: readonly unknown[]): unknown[] {
  return options.some((option) => option !== undefined) ? [options.map((option) => option ?? null)] : [];
}

/**
 * The checkpoint to go on from. A changed shape begins a new generation, which reads and publishes everything anew
 * (Delivery 2); a changed `request` only the poll that was interrupted, as its page is one of another request.
 */
export function resume(current: Checkpoint | undefined, shape: string, request: string): Checkpoint {
  if (current === undefined)
    return { generation: 1, shape, recordIndex: 0, poll: '', published: 0, deadLettered: 0 };
  if (current.shape === shape)
    return current.request === undefined || current.request === request
      ? current
      : withoutToken(withoutToken(current, 'live'), 'backfill');
  const {
    cursor: _cursor,
    pageToken: _pageToken,
    reached: _reached,
    window: _window,
    backfill: _backfill,
    request: _request,
    ...kept
  } = current;
  return { ...kept, generation: current.generation + 1, shape, recordIndex: 0 };
}

/** Without the page that an interrupted poll was to go on with: it is gone, and the cursor has not moved. */
export function withoutToken(checkpoint: Checkpoint, kind: 'live' | 'backfill'): Checkpoint {
  if (kind === 'live') {
    const { pageToken: _pageToken, window: _window, ...kept } = checkpoint;
    return kept;
  }
  if (checkpoint.backfill === undefined) return checkpoint;
  const { pageToken: _pageToken, ...backfill } = checkpoint.backfill;
  return { ...checkpoint, backfill };
}
