import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  Kafka,
  ResourcePatternTypes,
} from 'kafkajs';
import { CertificateAuthority } from '../certificates/certificate-authority.ts';
import { withAdmin } from './admin-client.ts';
import type { BrokerUser } from './index.ts';
import { startTestBroker } from './test-broker.ts';
import type { TestBroker } from './test-broker.ts';

let broker: TestBroker;

beforeAll(async () => {
  broker = await startTestBroker();
  await withAdmin(broker.kafkaConfig(), (admin) =>
    admin.createTopics({ topics: [{ topic: 'open' }, { topic: 'closed' }] }),
  );
}, 300_000);

afterAll(async () => await broker?.stop(), 30_000);

async function send(user: BrokerUser, topic: string): Promise<void> {
  const producer = new Kafka(broker.kafkaConfig(user)).producer();
  try {
    await producer.connect();
    await producer.send({ topic, messages: [{ value: 'hello' }] });
  } finally {
    await producer.disconnect();
  }
}

async function allowWriting(user: BrokerUser, topic: string): Promise<void> {
  const acl = (operation: AclOperationTypes) => ({
    resourceType: AclResourceTypes.TOPIC,
    resourceName: topic,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: `User:${user.username}`,
    host: '*',
    operation,
    permissionType: AclPermissionTypes.ALLOW,
  });
  await withAdmin(broker.kafkaConfig(), (admin) =>
    admin.createAcls({ acl: [acl(AclOperationTypes.WRITE), acl(AclOperationTypes.DESCRIBE)] }),
  );
}

describe('the broker', () => {
  it('lets a user write where an ACL says so and nowhere else', async () => {
    const writer = await broker.createUser('writer');
    await allowWriting(writer, 'open');
    await send(writer, 'open');
    await expect(send(writer, 'closed')).rejects.toThrow(/not authorized/i);
  }, 30_000);

  it('turns a wrong password away', async () => {
    const user = await broker.createUser('someone');
    await expect(send({ ...user, password: 'wrong' }, 'open')).rejects.toThrow(/authentication/i);
  }, 30_000);

  it('does not make topics that nobody asked for', async () => {
    await expect(send(broker.adminUser, 'misspelt')).rejects.toThrow(/does not host this topic/i);
  }, 30_000);

  it('keeps topics, records and users over a restart and over a crash, at the same address', async () => {
    const survivor = await broker.createUser('survivor');
    await allowWriting(survivor, 'open');
    await broker.restart();
    await send(survivor, 'open');
    await broker.kill();
    await broker.restart();
    await send(survivor, 'open');
    const offsets = await withAdmin(broker.kafkaConfig(), (admin) => admin.fetchTopicOffsets('open'));
    expect(Number(offsets[0]?.high)).toBeGreaterThanOrEqual(2);
  }, 60_000);

  it('opens its internal listeners to nobody without its internal certificate', async () => {
    const stranger = await CertificateAuthority.create('stranger');
    const { certPem, keyPem } = await stranger.issue({ commonName: 'tributary-broker' });
    const own = readFileSync(join(broker.workDir, 'pki', 'internal.pem'), 'utf8');
    for (const port of internalPorts(broker.workDir)) {
      await expect(tlsExchange(port, {})).rejects.toThrow(/alert bad certificate/);
      await expect(tlsExchange(port, { cert: certPem, key: keyPem })).rejects.toThrow(
        /alert (certificate unknown|unknown ca)/,
      );
      await expect(tlsExchange(port, { cert: own, key: own })).resolves.toBeUndefined();
    }
  }, 30_000);
});

function internalPorts(workDir: string): number[] {
  const text = readFileSync(`${workDir}/ports.json`, 'utf8');
  const { internal, controller } = JSON.parse(text) as { internal: number; controller: number };
  return [internal, controller];
}

/** TLS 1.3 servers refuse a client's certificate after the handshake: only an answer proves that they took it. */
function tlsExchange(port: number, credentials: { cert?: string; key?: string }): Promise<void> {
  const apiVersionsRequest = Buffer.from('0000000c001200000000000100027467', 'hex');
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...credentials });
    socket.setTimeout(5000, () => socket.destroy(new Error('no answer')));
    socket.once('secureConnect', () => socket.write(apiVersionsRequest));
    socket.once('data', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed')));
  });
}
