import { z } from 'zod';
import { constrained, listAtomic, listMap } from '../constraint.ts';
import { cron, dnsLabel, namedValue, secretRef, timeZone } from './shared.ts';

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

/** Where the files go and what is done with them there. */
export const databricks = () =>
  constrained(
    z.strictObject({
      connection: secretRef().describe('Secret with host and either token or clientId and clientSecret.'),
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
