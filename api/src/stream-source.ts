import { z } from 'zod';
import { API_VERSION } from './names.ts';
import { DNS_LABEL } from './spec/shared.ts';
import { streamSourceSpec, type StreamSourceSpec } from './spec/stream-source-spec.ts';
import type { StreamSourceStatus } from './stream-source-status.ts';

/** A StreamSource as the API server stores it. */
export interface StreamSource {
  apiVersion: typeof API_VERSION;
  kind: 'StreamSource';
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    generation?: number;
    creationTimestamp?: string;
    deletionTimestamp?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    finalizers?: string[];
  };
  spec: StreamSourceSpec;
  status?: StreamSourceStatus;
}

/** What a user writes. Metadata other than the name, and the status, are the API server's to check. */
export const streamSourceManifest = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal('StreamSource'),
  metadata: z.looseObject({
    name: z.string().min(1).max(63).regex(DNS_LABEL, {
      message: 'must be a DNS label: at most 63 lower-case letters, digits and hyphens, no dots',
    }),
  }),
  spec: streamSourceSpec,
  status: z.unknown().optional(),
});
