import { describeProblem, parseStreamSource, resolveColumns, resolveSeries } from '@tributary/api';
import type { Feed } from '../../plan/index.ts';
import type { FeedContext } from '../context.ts';
import { StallError } from '../errors.ts';

/** The feed as plans need it. What the CRD's own rules cannot say is said here, naming field and remedy. */
export function validate({ object, namespace, name, uid }: FeedContext): Feed {
  const { apiVersion, kind, metadata, spec } = object;
  const parsed = parseStreamSource({ apiVersion, kind, metadata, spec });
  if (!parsed.ok) throw new StallError('InvalidSpec', parsed.problems.map(describeProblem).join('. '));
  const { spec: checked } = parsed.value;
  return {
    namespace,
    name,
    uid,
    spec: checked,
    columns: resolveColumns(checked),
    series: resolveSeries(checked),
  };
}
