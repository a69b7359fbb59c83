import { join } from 'node:path';
import { mergeManifest, readManifests, type ManifestObject } from './manifests.ts';

/** What the embedded stack must change in a sample; everything else of it is applied as it stands. */
export interface SampleOverlay {
  baseUrl: string;
  apiKey: string;
  databricks: { host: string; clientId: string; clientSecret: string };
  /** How often the replayed API is polled. */
  every: string;
}

export interface SampleFeed {
  namespace: string;
  name: string;
  /** In the order to apply: namespace, secrets, StreamSource. */
  objects: ManifestObject[];
}

/** `k8s/samples/sp500-daily.yaml`, pointed at the replay API and the workspace stand-in. */
export async function sampleFeed(root: string, overlay: SampleOverlay): Promise<SampleFeed> {
  const path = join(root, 'k8s', 'samples', 'sp500-daily.yaml');
  const source = (await readManifests(path)).find(({ kind }) => kind === 'StreamSource');
  const namespace = source?.metadata.namespace;
  if (source === undefined || namespace === undefined)
    throw new Error(`${path} holds no StreamSource with a namespace`);
  const secret = (name: string, stringData: Record<string, string>): ManifestObject => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    stringData,
  });
  return {
    namespace,
    name: source.metadata.name,
    objects: [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      secret('alpha-vantage', { apiKey: overlay.apiKey }),
      secret('databricks', overlay.databricks),
      mergeManifest(source, {
        spec: {
          // The replayed days pass in seconds, so polls and cuts are as quick; one broker holds one replica.
          source: {
            alphaVantage: {
              baseUrl: overlay.baseUrl,
              allowPrivate: true,
              limits: [{ requests: 10, per: '1s' }],
            },
          },
          schedule: { every: overlay.every, cron: null, timeZone: null },
          kafka: { topic: { replicas: 1 } },
          csv: { cut: { after: '3s' } },
        },
      }),
    ],
  };
}
