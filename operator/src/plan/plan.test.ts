import { describe, expect, it } from '@jest/globals';
import { parseStreamSource, resolveColumns } from '@tributary/api';
import { anyBroker, strimziBroker } from './broker.ts';
import { connectionKeys, planCredentials, sourceSecrets } from './credentials.ts';
import { CONFIG_CHECKSUM, planConsumer, planProducer } from './deployment.ts';
import type { Feed } from './feed.ts';
import { planTopics, planUsers } from './kafka-objects.ts';
import type { StrimziCluster } from './kafka-cluster.ts';
import { childName } from './names.ts';
import { planNetworkPolicies } from './network-policies.ts';
import { consumerConfigOf, planConfigMap, producerConfigOf } from './pod-config.ts';
import { planPodMonitor } from './pod-monitor.ts';
import { planStorage } from './storage.ts';

const cluster: StrimziCluster = {
  name: 'plant',
  namespace: 'kafka',
  bootstrapServers: ['plant-kafka-bootstrap.kafka.svc:9093'],
  ca: '-----BEGIN CERTIFICATE-----\nMII…\n-----END CERTIFICATE-----\n',
};
const broker = (feed: Feed) => strimziBroker(feed, cluster);
const inputs = { image: 'tributary/producer:1', logLevel: 'info', configChecksum: 'c', secretsChecksum: 's' };

function feedOf(change: object = {}): Feed {
  const parsed = parseStreamSource({
    apiVersion: 'tributary.dev/v1alpha1',
    kind: 'StreamSource',
    metadata: { name: 'ibm-weekly', namespace: 'markets' },
    spec: {
      source: {
        alphaVantage: {
          function: 'TIME_SERIES_WEEKLY_ADJUSTED',
          parameters: [{ name: 'symbol', value: 'IBM' }],
          apiKeyFrom: { secretKeyRef: { name: 'alpha-vantage', key: 'apiKey' } },
        },
      },
      schedule: { cron: '30 18 * * FRI', timeZone: 'America/New_York' },
      columns: [
        { name: 'date', path: 'date', role: 'time', type: 'timestamp', zone: 'America/New_York' },
        { name: 'adjusted_close', path: 'adjusted close', role: 'measure', type: 'decimal(18,6)' },
      ],
      kafka: {
        strimzi: { cluster: 'plant', namespace: 'kafka' },
        topic: { partitions: 2, config: [{ name: 'retention.ms', value: '604800000' }] },
      },
      databricks: {
        connection: { secretRef: { name: 'databricks' } },
        volume: { catalog: 'main', schema: 'landing', volume: 'feeds' },
      },
      ...change,
    },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const { spec } = parsed.value;
  return { namespace: 'markets', name: 'ibm-weekly', uid: 'uid-1', spec, columns: resolveColumns(spec) };
}

describe('the plan of a feed', () => {
  const feed = feedOf();

  it('has three topics and two users in the namespace of the Kafka, labelled as its own', () => {
    expect(planTopics(feed, cluster)).toMatchSnapshot('topics');
    expect(planUsers(feed, cluster)).toMatchSnapshot('users');
  });

  it('has pods that are restricted, know their folders and hold no API token', () => {
    const secrets = sourceSecrets(feed.spec.source);
    expect(planProducer(feed, inputs, secrets)).toMatchSnapshot('producer deployment');
    expect(planConsumer(feed, inputs, { keys: ['host', 'token'] })).toMatchSnapshot('consumer deployment');
  });

  it('has a token for Databricks beside the connection where it is federated, and none for the API server', () => {
    const federated = feedOf({
      databricks: {
        connection: { secretRef: { name: 'databricks' }, serviceAccountName: 'lander' },
        volume: { catalog: 'main', schema: 'landing', volume: 'feeds' },
      },
    });
    const connection = { keys: ['host', 'clientId', 'auth'], audience: 'databricks' };
    const spec = planConsumer(federated, inputs, connection).spec?.template.spec;
    expect(spec).toMatchObject({ serviceAccountName: 'lander', automountServiceAccountToken: false });
    expect(spec?.volumes?.find(({ name }) => name === 'databricks')).toMatchObject({
      projected: {
        sources: [
          { secret: { name: 'databricks', items: [{ key: 'host' }, { key: 'clientId' }, { key: 'auth' }] } },
          { serviceAccountToken: { audience: 'databricks', path: 'subjectToken', expirationSeconds: 3_600 } },
        ],
      },
    });
    expect(planProducer(federated, inputs, []).spec?.template.spec).not.toHaveProperty('serviceAccountName');
  });

  it('has configs, credentials and network policies beside it', () => {
    expect(planConfigMap(feed, 'producer', producerConfigOf(feed, broker(feed)))).toMatchSnapshot(
      'producer config',
    );
    expect(planConfigMap(feed, 'consumer', consumerConfigOf(feed, broker(feed), 'topic-id'))).toMatchSnapshot(
      'consumer config',
    );
    expect(planCredentials(feed, 'producer', cluster, 'cGFzc3dvcmQ=')).toMatchSnapshot('credentials');
    expect(planNetworkPolicies(feed, broker(feed), 'tributary-system')).toMatchSnapshot('network policies');
    expect(planPodMonitor(feed)).toMatchSnapshot('pod monitor');
  });

  it('has a claim only where a size is asked for', () => {
    expect(planStorage(feed)).toBeUndefined();
    const sized = feedOf({ storage: { size: '2Gi', storageClassName: 'fast' } });
    expect(planStorage(sized)?.spec).toEqual({
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '2147483648' } },
      storageClassName: 'fast',
    });
    const volumes = planConsumer(sized, inputs, undefined).spec?.template.spec?.volumes;
    expect(volumes?.find(({ name }) => name === 'data')).toEqual({
      name: 'data',
      persistentVolumeClaim: { claimName: 'ibm-weekly-consumer' },
    });
  });
});

describe('a Kafka that Strimzi does not run', () => {
  const ref = (name: string, key: string) => ({ secretKeyRef: { name, key } });
  const feed = feedOf({
    kafka: {
      bootstrapServers: 'a.example.com:9094,b.example.com:9094',
      tls: { caFrom: ref('kafka', 'ca.crt') },
      sasl: {
        mechanism: 'scram-sha-256',
        username: 'writer',
        passwordFrom: ref('kafka', 'writer'),
        consumer: { username: 'reader', passwordFrom: ref('kafka', 'reader') },
      },
    },
  });
  const other = anyBroker(feed.spec.kafka, 'PEM');

  it('is reached as the spec says, by each pod with its own login', () => {
    expect(producerConfigOf(feed, other).kafka).toMatchObject({
      bootstrapServers: ['a.example.com:9094', 'b.example.com:9094'],
      tls: 'ca.crt',
      sasl: { mechanism: 'scram-sha-256', username: 'writer' },
      topic: 'markets.ibm-weekly',
    });
    expect(consumerConfigOf(feed, other, 'id').kafka.sasl?.username).toBe('reader');
    const plain = feedOf({ kafka: { bootstrapServers: 'a:9092' } });
    const open = producerConfigOf(plain, anyBroker(plain.spec.kafka, undefined)).kafka;
    expect([open.tls, open.sasl]).toEqual(['none', undefined]);
    expect(planCredentials(plain, 'producer', anyBroker(plain.spec.kafka, undefined), '').data).toEqual({});
  });

  it('is where its ports are, at any address', () => {
    const [producer] = planNetworkPolicies(feed, other, 'tributary-system');
    expect(producer?.spec?.egress?.[1]).toEqual({
      to: [{ ipBlock: { cidr: '0.0.0.0/0' } }, { ipBlock: { cidr: '::/0' } }],
      ports: [{ port: 9094, protocol: 'TCP' }],
    });
  });
});

describe('what a user says of the pods', () => {
  const pods = {
    producer: {
      image: 'registry.example.com/producer:2',
      resources: { limits: { memory: '1Gi' } },
      nodeSelector: [{ name: 'disk', value: 'ssd' }],
      tolerations: [{ key: 'dedicated', operator: 'Exists' }],
      affinity: {
        nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } },
      },
      labels: [
        { name: 'team', value: 'markets' },
        { name: 'tributary.dev/feed', value: 'another' },
      ],
      annotations: [{ name: 'example.com/cost', value: '42' }],
    },
  };
  const feed = feedOf({ pods });
  const template = planProducer(feed, inputs, []).spec?.template;

  it('holds for that pod, but for what the operator needs', () => {
    expect(template?.metadata).toMatchObject({
      labels: { team: 'markets', 'tributary.dev/feed': 'ibm-weekly' },
      annotations: { 'example.com/cost': '42', [CONFIG_CHECKSUM]: 'c' },
    });
    expect(template?.spec).toMatchObject({
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'dedicated', operator: 'Exists' }],
      affinity: pods.producer.affinity,
      securityContext: { runAsNonRoot: true },
    });
    expect(template?.spec?.containers[0]).toMatchObject({
      image: 'registry.example.com/producer:2',
      resources: { requests: { cpu: '10m', memory: '96Mi' }, limits: { memory: '1Gi' } },
    });
    const consumer = planConsumer(feed, inputs, undefined);
    expect(consumer).toEqual(planConsumer(feedOf(), inputs, undefined));
  });
});

describe('what a change rolls', () => {
  const before = feedOf();
  const configs = (feed: Feed): [string, string] => [
    JSON.stringify(producerConfigOf(feed, broker(feed))),
    JSON.stringify(consumerConfigOf(feed, broker(feed), 'topic-id')),
  ];

  it.each([
    ['the schedule', { schedule: { every: '1h' } }, [true, false]],
    ['the cut of files', { csv: { cut: { records: 10 } } }, [false, true]],
    [
      'the job',
      { databricks: { ...before.spec.databricks, analyses: [{ name: 'x', notebook: 'y' }] } },
      [false, false],
    ],
    ['the deletion policy', { deletionPolicy: { topic: 'Delete' } }, [false, false]],
    ['suspension', { suspend: true }, [false, false]],
    ['the size of the disk that holds uploads', { storage: { size: '2Gi' } }, [false, false]],
    ['the disk budget', { storage: { budget: '2Gi' } }, [false, true]],
    ['how long files stay after their upload', { storage: { keep: '1h' } }, [false, true]],
  ])('%s', (_what, change, [producer, consumer]) => {
    const [oldProducer, oldConsumer] = configs(before);
    const [newProducer, newConsumer] = configs(feedOf(change));
    expect([newProducer !== oldProducer, newConsumer !== oldConsumer]).toEqual([producer, consumer]);
  });
});

it('all of the disk is the budget where files stay on it', () => {
  const budgetOf = (change: object): string => {
    const feed = feedOf(change);
    return consumerConfigOf(feed, broker(feed), 'topic-id').storage.budget;
  };
  expect(budgetOf({ storage: { size: '100Gi' } })).toBe('1Gi');
  expect(budgetOf({ databricks: undefined, storage: { size: '100Gi' } })).toBe(String(90 * 1024 ** 3));
});

it('files are kept after their upload for as long as the feed says', () => {
  const keepOf = (change: object): string | undefined => {
    const feed = feedOf(change);
    return consumerConfigOf(feed, broker(feed), 'topic-id').storage.keep;
  };
  expect(keepOf({})).toBeUndefined();
  expect(keepOf({ storage: { keep: '1h' } })).toBe('1h');
  expect(keepOf({ databricks: undefined, storage: { size: '100Gi' } })).toBeUndefined();
});

describe('the names of children', () => {
  it('say whose they are, and stay short and apart where the feed has a long name', () => {
    expect(childName('ibm-weekly', 'producer')).toBe('ibm-weekly-producer');
    const long = childName('x'.repeat(63), 'producer');
    expect(long).toMatch(/^x+-[0-9a-f]{8}-producer$/);
    expect(long.length).toBeLessThanOrEqual(52);
    expect(childName(`${'x'.repeat(62)}y`, 'producer')).not.toBe(long);
  });
});

describe('the network policies', () => {
  const egress = (change: object): string =>
    JSON.stringify(
      planNetworkPolicies(feedOf(change), broker(feedOf(change)), 'tributary-system')[0]?.spec?.egress,
    );

  it('open the ports of the API, also behind a template, and private addresses only on request', () => {
    const http = {
      request: { url: 'https://api.example.com:8443/v2/{{ window.start }}' },
      records: 'items',
    };
    const columns = [{ name: 'id', role: 'key' }];
    expect(egress({ source: { http }, columns })).toContain('"port":8443');
    expect(egress({ source: { http }, columns })).toContain('169.254.0.0/16');
    expect(egress({ source: { http: { ...http, allowPrivate: true } }, columns })).not.toContain(
      '169.254.0.0/16',
    );
  });
});

describe('the secrets of a source', () => {
  it('are found wherever the spec refers to one, by Secret, without repetition', () => {
    const ref = (name: string, key: string) => ({ secretKeyRef: { name, key } });
    const source = feedOf({
      source: {
        http: {
          request: { url: 'https://api.example.com/' },
          auth: {
            oauth2: {
              tokenUrl: 'https://login.example.com/token',
              clientIdFrom: ref('login', 'id'),
              clientSecretFrom: ref('login', 'secret'),
            },
          },
        },
      },
      columns: [{ name: 'id', role: 'key' }],
    }).spec.source;
    expect(sourceSecrets(source)).toEqual([{ name: 'login', keys: ['id', 'secret'] }]);
  });

  it('of a connection are federation, or a token, or a client where there is neither', () => {
    expect(connectionKeys(['host', 'token', 'clientId', 'auth'])).toEqual(['host', 'clientId', 'auth']);
    expect(connectionKeys(['host', 'token', 'clientId', 'clientSecret'])).toEqual(['host', 'token']);
    expect(connectionKeys(['clientSecret', 'host', 'clientId'])).toEqual([
      'host',
      'clientId',
      'clientSecret',
    ]);
    expect(connectionKeys(['host', 'clientId'])).toBeUndefined();
    expect(connectionKeys(['token'])).toBeUndefined();
  });
});
