import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { PodResource, type KubeClient, type Pod } from '../../kube/index.ts';
import { COMPONENTS, FEED_LABEL, COMPONENT_LABEL, MANAGED_BY, MANAGER, POD_PORT } from '../../plan/index.ts';

const WELL = { healthy: true, reason: 'Healthy', message: 'fine' };
const USUAL = {
  producer: {
    component: 'producer',
    version: '0',
    upstream: WELL,
    kafka: WELL,
    published: 0,
    deadLettered: 0,
    quota: { exhausted: false },
    notYetSupported: [],
  },
  consumer: {
    component: 'consumer',
    version: '0',
    kafka: WELL,
    volume: WELL,
    landed: { records: 0, files: 0 },
    uploaded: { records: 0, files: 0 },
    notYetSupported: [],
  },
};

export interface PlayedPods {
  /** How often they were asked for their `/status`. */
  readonly asked: number;
  stop(): Promise<void>;
}

/** Running pods of a feed, each on a loopback address of its own, answering `/status`. */
export async function playPods(
  client: KubeClient,
  namespace: string,
  feed: string,
  says: { producer: object; consumer: object },
): Promise<PlayedPods> {
  const servers: Server[] = [];
  let asked = 0;
  for (const component of COMPONENTS) {
    const answer = JSON.stringify({ ...USUAL[component], feed: `${namespace}.${feed}`, ...says[component] });
    const server = createServer((_request, response) => {
      asked += 1;
      response.end(answer);
    });
    // Pods all listen on one port, so that only the address can be a free one.
    const podIP = `127.${randomInt(1, 255)}.${randomInt(0, 255)}.${randomInt(1, 255)}`;
    server.listen(POD_PORT, podIP);
    await once(server, 'listening');
    servers.push(server);
    const pod: Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: `${feed}-${component}`,
        namespace,
        labels: { [FEED_LABEL]: feed, [COMPONENT_LABEL]: component, [MANAGED_BY]: MANAGER },
      },
      spec: { containers: [{ name: component, image: 'played' }] },
    };
    const created = await client.create(PodResource, pod);
    await client.update(
      PodResource,
      { ...created, status: { phase: 'Running', podIP, podIPs: [{ ip: podIP }] } },
      { subresource: 'status' },
    );
  }
  return {
    get asked() {
      return asked;
    },
    async stop() {
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
        await once(server, 'close');
      }
    },
  };
}
