import type { StatusDraft, StreamSource } from '../status/index.ts';
import type { Environment } from './environment.ts';

/** One reconcile of one feed. */
export interface FeedContext {
  env: Environment;
  /** `ns/name` */
  key: string;
  namespace: string;
  name: string;
  uid: string;
  object: StreamSource;
  draft: StatusDraft;
  signal: AbortSignal;
  /** Objects of others that this feed looks at, found so far; their changes bring it back. */
  referred: Set<string>;
}

/** The feed looks at this object of another: a change of it brings the feed back. Said before it is read. */
export function refer({ env, key, referred }: FeedContext, reference: string): void {
  referred.add(reference);
  env.references.add(key, reference);
}
