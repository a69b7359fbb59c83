import { httpOf, type StreamSourceSpec } from '@tributary/api';
import type { NetworkPolicy } from '../kube/index.ts';
import type { Broker } from './broker.ts';
import { POD_PORT } from './deployment.ts';
import { ownedBy, type Component, type Feed } from './feed.ts';
import { CLUSTER_LABEL, childLabels, selectorLabels } from './labels.ts';
import { childName } from './names.ts';

/** Namespaces with this label may scrape the pods: where Prometheus runs. */
export const METRICS_LABEL = 'tributary.dev/metrics';

type Spec = NonNullable<NetworkPolicy['spec']>;
type Ingress = NonNullable<Spec['ingress']>[number];
/** client-node calls it `_from`, since it generates more languages than ours; the API calls it `from`. */
type IngressOnTheWire = Omit<Ingress, '_from'> & { from: NonNullable<Ingress['_from']> };
type Egress = NonNullable<Spec['egress']>[number];

const HTTPS = 443;
const NAMESPACE_NAME = 'kubernetes.io/metadata.name';
/** What a feed must not reach unless its spec says `allowPrivate`. */
const PRIVATE = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
];
const PRIVATE_V6 = ['::1/128', 'fc00::/7', 'fe80::/10'];

export function planNetworkPolicies(feed: Feed, broker: Broker, operatorNamespace: string): NetworkPolicy[] {
  const { source } = feed.spec;
  const allowPrivate = (httpOf(source) ?? source.alphaVantage)?.allowPrivate ?? false;
  const kafka = toKafka(broker);
  return [
    policy(feed, 'producer', operatorNamespace, [
      DNS,
      kafka,
      toInternet(
        [...new Set([HTTPS, ...sourcePorts(source)])].toSorted((a, b) => a - b),
        allowPrivate,
      ),
    ]),
    // A workspace behind a private link has a private address.
    policy(feed, 'consumer', operatorNamespace, [DNS, kafka, toInternet([HTTPS], true)]),
  ];
}

function policy(
  feed: Feed,
  component: Component,
  operatorNamespace: string,
  egress: Egress[],
): NetworkPolicy {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: {
      name: childName(feed.name, component),
      namespace: feed.namespace,
      labels: childLabels(feed, component),
      ownerReferences: ownedBy(feed),
    },
    spec: {
      podSelector: { matchLabels: selectorLabels(feed, component) },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [fromObservers(operatorNamespace)],
      egress,
    },
  };
}

function fromObservers(operatorNamespace: string): IngressOnTheWire {
  return {
    from: [
      { namespaceSelector: { matchLabels: { [NAMESPACE_NAME]: operatorNamespace } } },
      { namespaceSelector: { matchLabels: { [METRICS_LABEL]: 'enabled' } } },
    ],
    ports: [{ port: POD_PORT, protocol: 'TCP' }],
  };
}

const DNS: Egress = {
  ports: [
    { port: 53, protocol: 'UDP' },
    { port: 53, protocol: 'TCP' },
  ],
};

/** Of a Kafka that Strimzi does not run only the ports are known: its brokers are to use those of the bootstrap servers. */
function toKafka({ bootstrapServers, strimzi }: Broker): Egress {
  const ports = new Set(bootstrapServers.map((server) => Number(server.slice(server.lastIndexOf(':') + 1))));
  if (strimzi === undefined) return toInternet([...ports], true);
  return {
    to: [
      {
        namespaceSelector: { matchLabels: { [NAMESPACE_NAME]: strimzi.namespace } },
        podSelector: { matchLabels: { [CLUSTER_LABEL]: strimzi.name } },
      },
    ],
    ports: [...ports].map((port) => ({ port, protocol: 'TCP' })),
  };
}

function toInternet(ports: number[], allowPrivate: boolean): Egress {
  return {
    to: [
      { ipBlock: { cidr: '0.0.0.0/0', ...(allowPrivate ? {} : { except: PRIVATE }) } },
      { ipBlock: { cidr: '::/0', ...(allowPrivate ? {} : { except: PRIVATE_V6 }) } },
    ],
    ports: ports.map((port) => ({ port, protocol: 'TCP' })),
  };
}

/** Ports of the API and, where there is one, of its token endpoint. */
function sourcePorts(source: StreamSourceSpec['source']): number[] {
  const http = httpOf(source);
  const urls = [source.alphaVantage?.baseUrl, http?.request.url, http?.auth?.oauth2?.tokenUrl];
  return urls.flatMap((url) => (url === undefined ? [] : portOf(url)));
}

/** Templates may stand in the path, so only what comes before it is parsed. */
function portOf(url: string): number[] {
  const [, scheme, authority = ''] = /^(https?):\/\/([^/?#]*)/.exec(url) ?? [];
  const port = /:(\d{1,5})$/.exec(authority)?.[1];
  if (port !== undefined) return [Number(port)];
  return scheme === 'http' ? [80] : [HTTPS];
}
