import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KafkaConfig } from 'kafkajs';
import { sweepAbandoned, testFolderPrefix } from '../processes/abandoned.ts';
import { ensureToolchain } from '../toolchain/index.ts';
import { kafkaConfig } from './admin-client.ts';
import { startBroker } from './index.ts';
import type { Broker, BrokerUser } from './index.ts';
import { upsertScramUser } from './scram-users.ts';

export type TestBroker = Broker & {
  /** Where the broker keeps everything; removed by `stop`. */
  workDir: string;
  /** Creates a user with a random password and no rights. */
  createUser(username: string): Promise<BrokerUser>;
  /** A kafkajs configuration for the user; the admin, who may do everything, by default. */
  kafkaConfig(user?: BrokerUser): KafkaConfig;
};

/** A real broker in a temporary folder, with the security that the embedded stack has: SCRAM over TLS, and ACLs. */
export async function startTestBroker(options: { signal?: AbortSignal } = {}): Promise<TestBroker> {
  const { signal } = options;
  const toolchain = await ensureToolchain(['java', 'kafka'], { signal });
  await sweepAbandoned();
  const workDir = mkdtempSync(join(tmpdir(), testFolderPrefix));
  const removeFolder = async (): Promise<void> => await rm(workDir, { recursive: true, force: true });
  try {
    const broker = await startBroker({ workDir, toolchain, signal });
    return {
      ...broker,
      workDir,
      stop: async () => {
        await broker.kill(); // what it knew goes with it, so nothing is gained by stopping in order
        await removeFolder();
      },
      createUser: async (username) => {
        const password = randomBytes(18).toString('base64url');
        await upsertScramUser(broker, username, password);
        return { username, password };
      },
      kafkaConfig: (user = broker.adminUser) => kafkaConfig(broker.bootstrapServers, broker.caPem, user),
    };
  } catch (error) {
    await removeFolder();
    throw error;
  }
}
