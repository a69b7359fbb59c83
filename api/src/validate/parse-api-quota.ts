import { z } from 'zod';
import { apiQuotaSpec, type ApiQuotaSpec } from '../api-quota-spec.ts';
import { API_VERSION } from '../names.ts';
import { DNS_LABEL } from '../spec/shared.ts';
import { KnownFields } from './known-fields.ts';
import { limitProblems } from './limit-checks.ts';
import type { Problem } from './problem.ts';
import { schemaProblems } from './schema-problems.ts';

const apiQuotaManifest = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal('APIQuota'),
  metadata: z.looseObject({
    name: z.string().min(1).max(63).regex(DNS_LABEL, {
      message: 'must be a DNS label: at most 63 lower-case letters, digits and hyphens, no dots',
    }),
  }),
  spec: apiQuotaSpec,
  status: z.unknown().optional(),
});

export type ParsedQuota = { ok: true; spec: ApiQuotaSpec } | { ok: false; problems: Problem[] };

let knownFields: KnownFields | undefined;

/** An APIQuota, or everything that is wrong with it. */
export function parseApiQuota(value: unknown): ParsedQuota {
  knownFields ??= new KnownFields(apiQuotaManifest);
  const parsed = apiQuotaManifest.safeParse(knownFields.withoutNulls(value), { reportInput: true });
  if (!parsed.success) return { ok: false, problems: schemaProblems(parsed.error.issues, knownFields) };
  const { spec } = parsed.data;
  const problems = limitProblems(
    spec.limits.map((limit, index) => ({ limit, field: `spec.limits[${index}]` })),
  );
  return problems.length === 0 ? { ok: true, spec } : { ok: false, problems };
}
