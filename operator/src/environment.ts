import { POD_ENV } from '@tributary/api';
import { ConfigError, listenAddress, requireEnv } from '@tributary/runtime';

/** What the chart tells the operator. */
export interface OperatorConfig {
  address: string;
  port: number;
  /** Of feeds; empty: all. */
  namespaces: string[];
  /** Where Strimzi runs Kafka; empty: as `namespaces`. */
  kafkaNamespaces: string[];
  /** By `namespace/name` of a Kafka. */
  kafkaAdmission: Record<string, string[]>;
  images: { producer: string; consumer: string };
  /** The operator's own. */
  namespace: string;
  podName: string;
  notebooksDir: string;
  /** Of the tokens that feeds' service accounts present to Databricks. */
  federationAudience: string | undefined;
  leaderElection: boolean;
  logLevel: string | undefined;
}

/** Throws a ConfigError that names the variable. */
export function readEnvironment(env: NodeJS.ProcessEnv): OperatorConfig {
  const { address, port } = listenAddress(env);
  return {
    address,
    port,
    namespaces: list(env['TRIBUTARY_WATCH_NAMESPACES']),
    kafkaNamespaces: list(env['TRIBUTARY_KAFKA_NAMESPACES']),
    kafkaAdmission: admission('TRIBUTARY_KAFKA_ADMISSION', env),
    images: {
      producer: requireEnv('TRIBUTARY_PRODUCER_IMAGE', env),
      consumer: requireEnv('TRIBUTARY_CONSUMER_IMAGE', env),
    },
    namespace: requireEnv('TRIBUTARY_NAMESPACE', env),
    podName: requireEnv('TRIBUTARY_POD_NAME', env),
    notebooksDir: requireEnv('TRIBUTARY_NOTEBOOKS_DIR', env),
    federationAudience: env['TRIBUTARY_DATABRICKS_AUDIENCE'] || undefined,
    leaderElection: flag('TRIBUTARY_LEADER_ELECTION', env, true),
    logLevel: env[POD_ENV.logLevel] || undefined,
  };
}

/** What the chart tells the one that comes after the operator: to do nothing but let the feeds of these namespaces go. */
export function readRelease(env: NodeJS.ProcessEnv): { namespaces: string[] } | undefined {
  return flag('TRIBUTARY_RELEASE_FEEDS', env, false)
    ? { namespaces: list(env['TRIBUTARY_WATCH_NAMESPACES']) }
    : undefined;
}

function list(text = ''): string[] {
  return text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

/** `kafka/plant=markets,earth;kafka/other=*` */
function admission(name: string, env: NodeJS.ProcessEnv): Record<string, string[]> {
  const entries = (env[name] ?? '').split(';').filter((entry) => entry.trim() !== '');
  return Object.fromEntries(
    entries.map((entry) => {
      const [, kafka = '', namespaces] =
        /^([^/=\s]+\/[^/=\s]+)=([^=]*[^=,\s][^=]*)$/.exec(entry.trim()) ?? [];
      if (kafka === '')
        throw new ConfigError(
          `${name} must be such as kafka/plant=markets,earth;kafka/other=*, not ${entry}`,
        );
      return [kafka, list(namespaces)];
    }),
  );
}

function flag(name: string, env: NodeJS.ProcessEnv, fallback: boolean): boolean {
  const value = env[name] ?? '';
  if (value === '') return fallback;
  if (value !== 'true' && value !== 'false')
    throw new ConfigError(`${name} must be true or false, not ${value}`);
  return value === 'true';
}
