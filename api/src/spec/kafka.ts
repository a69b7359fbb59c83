import { z } from 'zod';
import { constrained, exactlyOne, listMap, transition } from '../constraint.ts';
import { dnsLabel, secretKeyRef } from './shared.ts';

const topic = () =>
  z.strictObject({
    partitions: transition(z.int().min(1).max(256), {
      rule: 'self >= oldSelf',
      message:
        'partitions can grow, never shrink, since Kafka cannot take one away; delete the StreamSource with its topic to start with fewer',
    })
      .default(1)
      .describe('Partitions of the records topic. Can grow, never shrink.'),
    replicas: z.int().min(1).max(9).default(3).describe('Replicas of each partition.'),
    config: listMap(
      z
        .array(
          z.strictObject({
            name: z.string().min(1).max(128).describe('Topic setting of Kafka.'),
            value: z.string().max(256).describe('Its value.'),
          }),
        )
        .max(64),
      'name',
    )
      .default([])
      .describe('Further topic settings.'),
  });

const strimzi = () =>
  z.strictObject({
    cluster: dnsLabel().describe('Name of the Kafka resource.'),
    namespace: dnsLabel()
      .optional()
      .describe('Namespace of the Kafka resource. Default: the namespace of the StreamSource.'),
    listener: z
      .string()
      .min(1)
      .max(11)
      .regex(/^[a-z0-9]+$/)
      .optional()
      .describe('Listener to use. Default: the first internal one with TLS and SCRAM-SHA-512.'),
  });

const tls = () =>
  z.strictObject({ caFrom: secretKeyRef().optional().describe('PEM authorities; absent: the public ones.') });

const mechanism = () =>
  z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).default('scram-sha-512').describe('SASL mechanism.');

const user = () => ({
  username: z.string().min(1).max(256).describe('User name.'),
  passwordFrom: secretKeyRef().describe('Password.'),
});

const sasl = () =>
  z.strictObject({
    mechanism: mechanism(),
    ...user(),
    consumer: z
      .strictObject(user())
      .optional()
      .describe('User of the consumer, which needs fewer rights. Default: that of the producer.'),
  });

const admin = () => z.strictObject({ mechanism: mechanism(), ...user() });

/** The topic's offsets and the producer's checkpoint live in one Kafka; in another one the feed would begin anew. */
const SAME_KAFKA = {
  rule: 'has(self.strimzi) == has(oldSelf.strimzi) && (!has(self.strimzi) || (self.strimzi.cluster == oldSelf.strimzi.cluster && has(self.strimzi.__namespace__) == has(oldSelf.strimzi.__namespace__) && (!has(self.strimzi.__namespace__) || self.strimzi.__namespace__ == oldSelf.strimzi.__namespace__)))',
  message:
    'the Kafka of a feed cannot change, since its offsets and checkpoint live there; delete the StreamSource and create it anew',
};

const kafkaFields = () =>
  constrained(
    z.strictObject({
      strimzi: strimzi()
        .optional()
        .describe('A Kafka run by Strimzi; address, authorities and users come from it.'),
      bootstrapServers: z
        .string()
        .min(3)
        .max(2048)
        .regex(/^[^\s,]+:[0-9]{1,5}(,[^\s,]+:[0-9]{1,5})*$/, {
          message: 'must be host:port, several joined by commas',
        })
        .optional()
        .describe('Addresses of any other Kafka: host:port, several joined by commas.'),
      tls: tls().optional().describe('Encrypt the connection to bootstrapServers.'),
      sasl: sasl().optional().describe('How the pods log in to bootstrapServers.'),
      admin: admin()
        .optional()
        .describe(
          'User that makes topics and grants rights on bootstrapServers. Absent: they must be there already.',
        ),
      topic: topic().default({ partitions: 1, replicas: 3, config: [] }).describe('The records topic.'),
    }),
    {
      rule: 'has(self.strimzi) != has(self.bootstrapServers)',
      message: 'set exactly one of strimzi and bootstrapServers',
      holds: (it) => exactlyOne(it.strimzi, it.bootstrapServers),
    },
    {
      rule: '!has(self.strimzi) || (!has(self.tls) && !has(self.sasl) && !has(self.admin))',
      message: 'tls, sasl and admin go with bootstrapServers; with strimzi they come from the cluster',
      path: ['tls'],
      holds: (it) =>
        it.strimzi === undefined || (it.tls === undefined && it.sasl === undefined && it.admin === undefined),
    },
  );

export const kafka = () => transition(kafkaFields(), SAME_KAFKA);

export type KafkaSpec = z.output<ReturnType<typeof kafka>>;
export type TopicSpec = KafkaSpec['topic'];
