import { describe, expect, it } from '@jest/globals';
import { refusal, resolveCluster } from './kafka-cluster.ts';
import type { Kafka } from './strimzi.ts';

const PEM = '-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----';

function kafkaWith({ annotations = {}, ready = true, published = true } = {}): Kafka {
  return {
    apiVersion: 'kafka.strimzi.io/v1',
    kind: 'Kafka',
    metadata: { name: 'plant', namespace: 'kafka', generation: 2, annotations },
    spec: {
      kafka: {
        listeners: [
          { name: 'plain', port: 9092, type: 'internal', tls: false },
          {
            name: 'scram',
            port: 9093,
            type: 'internal',
            tls: true,
            authentication: { type: 'scram-sha-512' },
          },
          { name: 'outside', port: 9094, type: 'nodeport', tls: true, authentication: { type: 'tls' } },
        ],
      },
    },
    status: {
      observedGeneration: 2,
      conditions: [{ type: ready ? 'Ready' : 'NotReady', status: 'True', message: 'rolling' }],
      listeners: published
        ? [{ name: 'scram', bootstrapServers: 'a:9093,b:9093', certificates: [PEM, PEM] }]
        : [],
    },
  };
}

describe('a Kafka of Strimzi', () => {
  it('is used by its first internal listener with TLS and SCRAM, trusting all its authorities', () => {
    expect(resolveCluster(kafkaWith(), undefined)).toEqual({
      name: 'plant',
      namespace: 'kafka',
      bootstrapServers: ['a:9093', 'b:9093'],
      ca: `${PEM}\n${PEM}\n`,
    });
  });

  it('admits feeds of other namespaces only by its annotation, and as the chart says', () => {
    const refused = { waiting: false, reason: 'KafkaNotAllowed' };
    const by = (value: string) =>
      refusal(kafkaWith({ annotations: { 'tributary.dev/allowed-namespaces': value } }), 'markets');
    expect(refusal(kafkaWith(), 'kafka')).toBeUndefined();
    expect(refusal(kafkaWith(), 'markets')).toMatchObject(refused);
    expect(['markets', 'events, markets', '*'].map(by)).toEqual(Array(3).fill(undefined));
    for (const value of ['events', 'market', '', 'markets-2']) expect(by(value)).toMatchObject(refused);

    const chart = (admission: Record<string, string[]>) => refusal(kafkaWith(), 'markets', admission);
    expect(chart({ 'kafka/plant': ['events', 'markets'] })).toBeUndefined();
    expect(chart({ 'kafka/plant': ['*'] })).toBeUndefined();
    expect(chart({ 'kafka/plant': ['events'], 'other/plant': ['*'] })).toMatchObject(refused);
  });

  it('is waited for while it is not Ready, unless the feed runs already', () => {
    const rolling = kafkaWith({ ready: false });
    expect(resolveCluster(rolling, undefined)).toEqual({
      waiting: true,
      reason: 'KafkaNotReady',
      message: 'Kafka kafka/plant is not Ready: rolling',
    });
    expect(resolveCluster(rolling, undefined, true)).toHaveProperty('ca');
    expect(resolveCluster(kafkaWith({ published: false }), undefined)).toHaveProperty('waiting', true);
  });

  it('is refused by a listener that is not there, or that does not log in by SCRAM', () => {
    expect(resolveCluster(kafkaWith(), 'absent')).toHaveProperty('reason', 'ListenerNotFound');
    expect(resolveCluster(kafkaWith(), 'outside')).toHaveProperty('reason', 'ListenerNotSupported');
    expect(resolveCluster(kafkaWith(), 'plain')).toHaveProperty('reason', 'ListenerNotSupported');
  });
});
