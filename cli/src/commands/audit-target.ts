import { readFile } from 'node:fs/promises';
import { consumerConfig, topicNames, type BrokerConfig, type ConsumerConfig } from '@tributary/api';
import { CliError } from '../output/cli-error.ts';

/** Options of `tributary audit` as they are typed. */
export interface AuditFlags {
  readonly config?: string;
  readonly bootstrap?: string;
  readonly username?: string;
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly tls?: BrokerConfig['tls'];
  readonly kafkaDir?: string;
  readonly databricksDir?: string;
  readonly volume?: string;
  readonly folder?: string;
  readonly topicId?: string;
  readonly bronze?: string;
  readonly warehouse?: string;
  readonly complete?: boolean;
  readonly json?: boolean;
}

/** What an audit needs, from a consumer's config or from flags; flags win. */
export interface AuditTarget {
  readonly feed: string;
  readonly broker: Pick<BrokerConfig, 'bootstrapServers' | 'tls' | 'sasl'>;
  readonly topic: string;
  readonly topicId: string | undefined;
  /** Whether that is asked for, so that it may be of a topic that is no more; a config may only be old. */
  readonly formerTopic: boolean;
  readonly kafkaDir: string;
  /** The table that the files are ingested into, and who is asked about it. */
  readonly bronze: { readonly table: string; readonly warehouseId: string } | undefined;
  readonly files:
    | { readonly kind: 'folder'; readonly folder: string }
    | {
        readonly kind: 'databricks';
        readonly volume: NonNullable<ConsumerConfig['volume']>;
        readonly dir: string;
      };
}

export async function auditTarget(feedArgument: string, flags: AuditFlags): Promise<AuditTarget> {
  const feed = feedArgument.replace('/', '.');
  if (!/^[a-z0-9-]+\.[a-z0-9-]+$/.test(feed)) {
    throw new CliError(
      'FeedName',
      `${JSON.stringify(feedArgument)} is not a feed`,
      'write <namespace>.<name>, such as markets.ibm-weekly',
    );
  }
  const config = flags.config === undefined ? undefined : await readConfig(flags.config, feed);
  return {
    feed,
    broker: brokerOf(flags, config),
    topic: config?.kafka.topic ?? topicNames(feed).records,
    topicId: flags.topicId ?? config?.kafka.topicId,
    formerTopic: flags.topicId !== undefined,
    kafkaDir: flags.kafkaDir ?? '.',
    bronze: bronzeOf(flags, config),
    files: filesOf(flags, config),
  };
}

async function readConfig(path: string, feed: string): Promise<ConsumerConfig> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new CliError(
      'ConfigUnreadable',
      `${path} cannot be read: ${String(error)}`,
      'give --config the consumer config as JSON',
      { cause: error },
    );
  }
  const parsed = consumerConfig().safeParse(value);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path: at, message }) => `${at.join('.')}: ${message}`);
    throw new CliError(
      'ConfigInvalid',
      `${path} is no consumer config: ${problems.join('; ')}`,
      'take it from the ConfigMap of the feed, key config.json',
    );
  }
  const { namespace, name } = parsed.data.feed;
  if (`${namespace}.${name}` !== feed) {
    throw new CliError(
      'ConfigOfOtherFeed',
      `${path} is the config of ${namespace}.${name}`,
      `audit that feed, or give the config of ${feed}`,
    );
  }
  return parsed.data;
}

function brokerOf(flags: AuditFlags, config: ConsumerConfig | undefined): AuditTarget['broker'] {
  const bootstrapServers = flags.bootstrap?.split(',') ?? config?.kafka.bootstrapServers;
  if (bootstrapServers === undefined) {
    throw new CliError(
      'BootstrapMissing',
      'it is not said where Kafka is',
      'add --bootstrap host:port, or --config with a consumer config',
    );
  }
  const sasl =
    flags.username === undefined
      ? config?.kafka.sasl
      : { mechanism: flags.mechanism, username: flags.username };
  return {
    bootstrapServers,
    tls: flags.tls ?? config?.kafka.tls ?? 'none',
    ...(sasl === undefined ? {} : { sasl }),
  };
}

function bronzeOf(flags: AuditFlags, config: ConsumerConfig | undefined): AuditTarget['bronze'] {
  const { folder } = flags;
  // What the feed compares of itself; beside files on a disk there is nobody to ask.
  const own = folder === undefined ? config?.audit?.bronze : undefined;
  const bronze = flags.bronze ?? own?.table;
  const warehouse = flags.warehouse ?? own?.warehouse;
  if (bronze === undefined) return undefined;
  if (warehouse === undefined || folder !== undefined) {
    throw new CliError(
      'WarehouseMissing',
      'the bronze table is asked by a SQL warehouse of the workspace',
      'add --warehouse with its id, beside --volume and --databricks-dir',
    );
  }
  if (bronze.split('.').length !== 3) {
    throw new CliError(
      'TableName',
      `${JSON.stringify(bronze)} is not a table`,
      'write catalog.schema.table, such as main.landing.ibm_weekly',
    );
  }
  return { table: bronze, warehouseId: warehouse };
}

function filesOf(flags: AuditFlags, config: ConsumerConfig | undefined): AuditTarget['files'] {
  if (flags.folder !== undefined) return { kind: 'folder', folder: flags.folder };
  const volume = flags.volume === undefined ? config?.volume : parseVolume(flags.volume);
  if (volume === undefined) {
    throw new CliError(
      'FilesMissing',
      'it is not said where the files are',
      'add --volume catalog.schema.volume, or --folder for files on a disk',
    );
  }
  if (flags.databricksDir === undefined) {
    throw new CliError(
      'DatabricksDirMissing',
      'the workspace of the volume is not known',
      'add --databricks-dir: a folder with the files `host`, and `token`, or `clientId` and `clientSecret` or `subjectToken`',
    );
  }
  return { kind: 'databricks', volume, dir: flags.databricksDir };
}

function parseVolume(text: string): NonNullable<ConsumerConfig['volume']> {
  const [catalog, schema, volume, ...rest] = text.replace(/^\/Volumes\//, '').split(/[./]/);
  if (!catalog || !schema || !volume || rest.length > 0) {
    throw new CliError(
      'VolumeName',
      `${JSON.stringify(text)} is not a volume`,
      'write catalog.schema.volume, such as main.landing.feeds',
    );
  }
  return { catalog, schema, volume };
}
