import { looksLike } from '@tributary/producer';
import type { ProposedColumn } from './propose-columns.ts';
import type { ProposedRequest } from './request-of-url.ts';

const SINCE =
  /^(since|from|start|begin|after|(start|from|begin|min)[-_]?(date|time)|date[-_]?from|(updated|modified|created)[-_]?(since|after|from)|observation_start|starttime|startDT)$/i;

/** A parameter that says since when, written as the event time is: each poll asks from where the last one got to. */
export function cursorOf(
  request: ProposedRequest,
  columns: readonly ProposedColumn[],
): { cursor: object; query: ProposedRequest['query'] } | undefined {
  const time = columns.find(({ role }) => role === 'time');
  const since = request.query.find(({ name, value }) => {
    const look = SINCE.test(name) ? looksLike([value]) : undefined;
    return look?.isTime === true && look.format === time?.format && look.type === time?.type;
  });
  if (time === undefined || since === undefined) return undefined;
  return {
    cursor: { column: time.name, start: since.value },
    query: request.query.map((parameter) =>
      parameter === since ? { name: since.name, value: '{{ cursor }}' } : parameter,
    ),
  };
}
