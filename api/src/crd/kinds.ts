import { apiQuotaSpec } from '../api-quota-spec.ts';
import { apiQuotaStatus } from '../api-quota-status.ts';
import { streamSourceSpec } from '../spec/stream-source-spec.ts';
import { streamSourceStatus } from '../stream-source-status.ts';
import { customResourceDefinition, type KindDefinition } from './definition.ts';
import type { JsonObject } from './structural.ts';

const condition = (type: string, member: 'status' | 'reason' | 'message'): string =>
  `.status.conditions[?(@.type=="${type}")].${member}`;
const ready = (member: 'status' | 'reason' | 'message'): string => condition('Ready', member);

const AGE = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'Since when it exists.',
} as const;

/** `feed` is its short name: `ss` already means SecretStore where External Secrets is installed. */
const STREAM_SOURCE: KindDefinition = {
  kind: 'StreamSource',
  plural: 'streamsources',
  shortNames: ['feed', 'feeds'],
  categories: ['all', 'tributary'],
  description:
    'One API feed: polled by a producer pod into Kafka, landed as CSV files in a Databricks volume by a consumer pod, and analysed there by a job.',
  spec: streamSourceSpec,
  specDescription: 'What is asked for: one API feed, from its source to its analyses.',
  status: {
    schema: streamSourceStatus,
    description: 'What has been seen. Refreshed at most once a minute while only counts change.',
  },
  printerColumns: [
    {
      name: 'Ready',
      type: 'string',
      jsonPath: ready('status'),
      description: 'Whether every part is in place and running.',
    },
    {
      name: 'Reason',
      type: 'string',
      jsonPath: ready('reason'),
      description: 'Why it is ready or not, in a word.',
    },
    {
      name: 'Published',
      type: 'integer',
      jsonPath: '.status.records.published',
      description: 'Records published to Kafka.',
    },
    {
      name: 'Uploaded',
      type: 'integer',
      jsonPath: '.status.records.uploaded',
      description: 'Rows in the volume.',
    },
    {
      name: 'Poll result',
      type: 'string',
      jsonPath: '.status.lastPoll.result',
      description: 'What came of the last poll.',
    },
    {
      name: 'Last poll',
      type: 'date',
      jsonPath: '.status.lastPoll.at',
      description: 'When the API was last polled.',
    },
    AGE,
    {
      name: 'Topic',
      type: 'string',
      jsonPath: '.status.topic.name',
      description: 'Records topic.',
      wide: true,
    },
    {
      name: 'Landed',
      type: 'integer',
      jsonPath: '.status.records.landed',
      description: 'Rows in complete files.',
      wide: true,
    },
    {
      name: 'Last run',
      type: 'string',
      jsonPath: '.status.job.lastRun',
      description: 'Result of the last analysis.',
      wide: true,
    },
    {
      name: 'Suspended',
      type: 'boolean',
      jsonPath: '.spec.suspend',
      description: 'Whether it is suspended.',
      wide: true,
    },
    {
      name: 'Message',
      type: 'string',
      jsonPath: ready('message'),
      description: 'Why it is ready or not.',
      wide: true,
    },
  ],
};

const API_QUOTA: KindDefinition = {
  kind: 'APIQuota',
  plural: 'apiquotas',
  shortNames: ['apiq'],
  categories: ['tributary'],
  description: 'The limits of one API key, divided among the feeds that name it in spec.source.quotaRef.',
  spec: apiQuotaSpec,
  specDescription: 'The limits of the key.',
  status: {
    schema: apiQuotaStatus,
    description: 'How the limits are divided and what is left of them.',
  },
  printerColumns: [
    {
      name: 'Fitting',
      type: 'string',
      jsonPath: condition('Fitting', 'status'),
      description: 'Whether the schedules of all feeds fit into the limits.',
    },
    { name: 'Feeds', type: 'integer', jsonPath: '.status.feeds', description: 'Feeds that name this quota.' },
    {
      name: 'Refused',
      type: 'integer',
      jsonPath: '.status.refused',
      description: 'Feeds that do not fit any more.',
    },
    {
      name: 'Left',
      type: 'string',
      jsonPath: '.status.summary',
      description: 'Requests left for further feeds, by limit.',
    },
    AGE,
    {
      name: 'Message',
      type: 'string',
      jsonPath: condition('Fitting', 'message'),
      description: 'Which feeds do not fit.',
      wide: true,
    },
  ],
};

/** Every kind of ours, by the file that its CustomResourceDefinition is generated into. */
export function customResourceDefinitions(): { file: string; definition: JsonObject }[] {
  return [STREAM_SOURCE, API_QUOTA].map((kind) => ({
    file: `${kind.plural}.yaml`,
    definition: customResourceDefinition(kind),
  }));
}
