import { z } from 'zod';
import { constrained, listAtomic, listMap } from '../constraint.ts';
import { cron, dnsLabel, namedValue, secretRef, timeZone } from './shared.ts';

const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

const identifier = () =>
  z
    .string()
    .min(1)
    .max(255)
    .regex(/^[A-Za-z0-9_-]+$/, { message: 'must hold letters, digits, hyphens and underscores' });

const analysis = () =>
  z.strictObject({
    name: dnsLabel().describe('Name of the task in the job.'),
    notebook: z
      .string()
      .min(1)
      .max(128)
      .regex(/^[a-z][a-z0-9_]*$/, {
        message: 'must be the name of a notebook that ships with Tributary, such as overview',
      })
      .describe('Notebook that ships with Tributary.'),
    parameters: listAtomic(z.array(namedValue()).max(32)).default([]).describe('Parameters of the notebook.'),
  });

/** The Secret says how to log in. */
const connection = () =>
  secretRef().extend({
    serviceAccountName: z
      .string()
      .min(1)
      .max(253)
      .regex(DNS_SUBDOMAIN, { message: 'must be the name of a ServiceAccount' })
      .default('default')
      .describe(
        'ServiceAccount of the consumer, in the namespace of the StreamSource. With auth: federation in the Secret it is who logs in.',
      ),
  });

/** Where the files go and what is done with them there. */
export const databricks = () =>
  constrained(
    z.strictObject({
      connection: connection().describe(
        'How to log in: a Secret with host and either token, or clientId and clientSecret, or clientId and auth: federation.',
      ),
      volume: z
        .strictObject({
          catalog: identifier().describe('Catalog.'),
          schema: identifier().describe('Schema.'),
          volume: identifier().describe('Volume.'),
        })
        .describe('Unity Catalog volume that the files land in.'),
      schedule: z
        .strictObject({
          cron: cron().describe('When the job runs, as cron of five fields (or six, seconds first).'),
          timeZone: timeZone().default('UTC').describe('IANA zone of cron.'),
        })
        .optional()
        .describe('Run the job at fixed times.'),
      trigger: z
        .enum(['fileArrival', 'continuous'])
        .optional()
        .describe('Run the job when files arrive, or all the time.'),
      analyses: listMap(z.array(analysis()).max(32), 'name')
        .default([])
        .describe('Notebooks to run, beside the overview that every feed gets.'),
      runAs: z
        .string()
        .min(1)
        .max(256)
        .optional()
        .describe('Service principal (application id) that the job runs as. Default: the connection itself.'),
    }),
    {
      rule: '!(has(self.schedule) && has(self.trigger))',
      message: 'set at most one of schedule and trigger',
      path: ['trigger'],
      holds: (it) => it.schedule === undefined || it.trigger === undefined,
    },
  );

export type DatabricksSpec = z.output<ReturnType<typeof databricks>>;
export type Analysis = z.output<ReturnType<typeof analysis>>;
