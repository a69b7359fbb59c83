import { join } from 'node:path';
import { SUBJECT_TOKEN_FILE, type ConsumerConfig } from '@tributary/api';
import { createDatabricks, Secret, type DatabricksAuth, type Sql } from '@tributary/databricks';
import { SecretFolder, type SecretRegistry } from '@tributary/runtime';
import { DatabricksVolume } from '../volume/databricks-volume.ts';
import { FolderVolume } from '../volume/folder-volume.ts';
import type { Volume } from '../volume/volume.ts';
import { VERSION } from './consumer-state.ts';

export interface OpenVolume {
  readonly volume: Volume;
  /** Asks the workspace's warehouses; undefined where files stay on a disk. */
  readonly sql?: Sql;
  close(): void;
}

/** Below the consumer's disk: where files stay when there is no Databricks. */
export const FOLDER_VOLUME = 'volume';

/** Our own loop goes on for ever, and says on `/status` what is wrong long before Databricks' five minutes are over. */
const RETRY_BUDGET_MS = 30_000;

/** The volume of the config, with the credentials of a connection Secret's folder. */
export async function openDatabricksVolume(
  volume: NonNullable<ConsumerConfig['volume']>,
  credentialsDir: string,
  secrets: SecretRegistry,
): Promise<OpenVolume> {
  const folder = new SecretFolder(credentialsDir, secrets);
  const host = await folder.readOptional('host', { secret: false });
  const databricks = createDatabricks({
    host: host ?? (await folder.read('host')),
    auth: await readAuth(folder),
    userAgent: `tributary-consumer/${VERSION}`,
    allowInsecureLoopback: true,
    retryBudgetMs: RETRY_BUDGET_MS,
  });
  return {
    volume: new DatabricksVolume(databricks.files, volume),
    sql: databricks.sql,
    close: () => databricks.close(),
  };
}

/** Where files stay on the pod's own disk, with the same layout. */
export async function openFolderVolume(
  dataDir: string,
  onStored?: (bytes: number) => void,
): Promise<OpenVolume> {
  const volume = new FolderVolume(join(dataDir, FOLDER_VOLUME), onStored);
  await volume.clean();
  return { volume, close: () => undefined };
}

/**
 * The first that has all its keys, as docs/landing.md says and the operator chooses: federation, a token, a client with
 * its secret. Read again for each login.
 */
async function readAuth(folder: SecretFolder): Promise<DatabricksAuth> {
  const read = async (name: string): Promise<Secret> => new Secret(await folder.read(name));
  const clientId = await folder.readOptional('clientId', { secret: false });
  if (clientId !== undefined && (await folder.readOptional(SUBJECT_TOKEN_FILE)) !== undefined)
    return { kind: 'federation', clientId, subjectToken: latest(folder, SUBJECT_TOKEN_FILE) };
  if (clientId === undefined || (await folder.readOptional('token')) !== undefined)
    return { kind: 'pat', token: () => read('token') };
  return { kind: 'oauthM2M', clientId, clientSecret: () => read('clientSecret') };
}

/** A file that is replaced every hour; what it held before opens nothing any more, and need not be remembered. */
function latest(folder: SecretFolder, name: string): () => Promise<Secret> {
  let last: string | undefined;
  return async () => {
    const value = await folder.read(name);
    if (last !== undefined && last !== value) folder.forget(last);
    last = value;
    return new Secret(value);
  };
}
