import type { StreamSourceStatus } from '@tributary/api';
import { retype, StreamSourceResource, type KubeObject } from '../kube/index.ts';

/** A StreamSource as the API server has it; its spec is parsed when it is reconciled. */
export interface StreamSource extends KubeObject {
  spec?: unknown;
  status?: StreamSourceStatus;
}

export const StreamSources = retype<StreamSource>(StreamSourceResource);
