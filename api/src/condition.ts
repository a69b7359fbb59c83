import { z } from 'zod';

/** Conditions of a StreamSource: adjectives or past participles, true when all is well, but for Reconciling, Stalled and QuotaExhausted. */
export const CONDITION_TYPES = [
  'Ready',
  'Reconciling',
  'Stalled',
  'TopicReady',
  'UserReady',
  'ProducerAvailable',
  'ConsumerAvailable',
  'Landed',
  'AnalysisScheduled',
  'UpstreamHealthy',
  'QuotaExhausted',
  'Audited',
  'FullySupported',
] as const;

export type ConditionType = (typeof CONDITION_TYPES)[number];

export const condition = () =>
  z.strictObject({
    type: z
      .string()
      .min(1)
      .max(64)
      .describe(
        'What the condition is about. True is well, but for Reconciling, Stalled and QuotaExhausted.',
      ),
    status: z.enum(['True', 'False', 'Unknown']).describe('Whether it holds.'),
    observedGeneration: z.int().min(0).optional().describe('Generation of the spec that it speaks of.'),
    lastTransitionTime: z
      .string()
      .max(64)
      .meta({ format: 'date-time' })
      .describe('When status last changed.'),
    reason: z
      .string()
      .min(1)
      .max(128)
      .regex(/^[A-Za-z]([A-Za-z0-9]*)$/)
      .describe('One word, for programs.'),
    message: z.string().max(4096).describe('One sentence, for people; no secrets and no times.'),
  });

export type Condition = z.output<ReturnType<typeof condition>>;
