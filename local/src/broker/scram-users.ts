import { alterUserScramCredentialsV0, Connection } from '@platformatic/kafka';
import { pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { BrokerAccess } from './index.ts';

const scramSha512 = 2; // the protocol's number for SCRAM-SHA-512
const iterations = 4096;
const derive = promisify(pbkdf2);

/** Creates the user, or changes its password. kafkajs has no such call. */
export async function upsertScramUser(
  access: BrokerAccess,
  username: string,
  password: string,
): Promise<void> {
  const salt = randomBytes(32);
  const saltedPassword = await derive(password, salt, iterations, 64, 'sha512');
  await alter(access, [], [{ name: username, mechanism: scramSha512, iterations, salt, saltedPassword }]);
}

/** Removes the user's credentials. Rejects if it has none. */
export async function deleteScramUser(access: BrokerAccess, username: string): Promise<void> {
  await alter(access, [{ name: username, mechanism: scramSha512 }], []);
}

type Deletions = alterUserScramCredentialsV0.AlterUserScramCredentialsRequestDeletions[];
type Upsertions = alterUserScramCredentialsV0.AlterUserScramCredentialsRequestUpsertions[];

async function alter(access: BrokerAccess, deletions: Deletions, upsertions: Upsertions): Promise<void> {
  const { bootstrapServers, caPem, adminUser } = access;
  const [host = '', port] = bootstrapServers.split(',')[0]?.split(':') ?? [];
  const connection = new Connection('tributary-local', {
    tls: { ca: [caPem] },
    sasl: { mechanism: 'SCRAM-SHA-512', username: adminUser.username, password: adminUser.password },
    connectTimeout: 5000,
    requestTimeout: 10_000,
  });
  try {
    await connection.connect(host, Number(port));
    await alterUserScramCredentialsV0.api.async(connection, deletions, upsertions);
  } finally {
    await connection.close();
  }
}
