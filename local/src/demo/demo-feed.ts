import { join } from 'node:path';
import { mergeManifest, readManifests, type ManifestObject } from '../stack/manifests.ts';
import type { ReplayedApi } from '../replay/replayed-api.ts';

/** One feed of the demo: a sample, and the replayed API that stands for the real one. */
export interface DemoFeed {
  /** File in `k8s/samples`, without its ending. */
  sample: string;
  /** Absent: the API that the sample names. */
  api?: ReplayedApi;
  /** Secrets beside the feed: name → keys. The connection to the workspace comes by itself. */
  secrets?: Record<string, Record<string, string>>;
  /** What must differ from the sample; `url` is where the replayed API serves. */
  overlay(url: string): Record<string, unknown>;
  /** Of the data and of the time in which it passes, for people. */
  about: string;
}

/** A feed ready to apply. */
export interface AppliedFeed {
  namespace: string;
  name: string;
  /** In the order to apply: namespace, secrets, StreamSource. */
  objects: ManifestObject[];
  api: ReplayedApi | undefined;
}

/** The replayed days pass in seconds, so polls and cuts are as quick; one broker holds one replica. */
const QUICKER = {
  kafka: { topic: { replicas: 1 } },
  csv: { cut: { after: '3s' } },
};

/** The sample with the overlay; everything else of it is applied as it stands. */
export async function prepareFeed(
  root: string,
  feed: DemoFeed,
  { url, databricks }: { url: string; databricks: Record<string, string> },
): Promise<AppliedFeed> {
  const path = join(root, 'k8s', 'samples', `${feed.sample}.yaml`);
  const source = (await readManifests(path)).find(({ kind }) => kind === 'StreamSource');
  const namespace = source?.metadata.namespace;
  if (source === undefined || namespace === undefined)
    throw new Error(`${path} holds no StreamSource with a namespace`);
  const secrets = { databricks, ...feed.secrets };
  return {
    namespace,
    name: source.metadata.name,
    api: feed.api,
    objects: [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      ...Object.entries(secrets).map(([name, stringData]) => ({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name, namespace },
        stringData,
      })),
      mergeManifest(mergeManifest(source, { spec: QUICKER }), { spec: feed.overlay(url) }),
    ],
  };
}
