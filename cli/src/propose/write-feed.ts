import { Document, isMap, isSeq, type Node } from 'yaml';
import type { ProposedColumn } from './propose-columns.ts';

export interface ProposedFeed {
  name: string;
  namespace: string;
  url: string;
  http: Record<string, unknown>;
  records: string | undefined;
  columns: readonly ProposedColumn[];
}

const WIDTH = 140;

/** YAML as a person would lay it out: a column a line. */
export function writeFeed(
  { name, namespace, url, http, records, columns }: ProposedFeed,
  comments: readonly string[],
): string {
  const [base = url, search] = url.split('?', 2);
  const query = [...new URLSearchParams(search ?? '')].map(([key, value]) => ({ name: key, value }));
  const document = new Document(
    {
      apiVersion: 'tributary.dev/v1alpha1',
      kind: 'StreamSource',
      metadata: { name, namespace },
      spec: {
        source: {
          http: {
            request: { url: base, ...(query.length === 0 ? {} : { query }) },
            ...http,
            ...(records === undefined ? {} : { records }),
          },
        },
        schedule: { every: '1h' },
        columns,
        kafka: { strimzi: { cluster: 'plant', namespace: 'kafka' } },
        storage: { size: '1Gi' },
      },
    },
    { aliasDuplicateObjects: false },
  );
  for (const path of ['metadata', 'spec.schedule', 'spec.kafka', 'spec.storage', 'spec.source.http.csv'])
    inline(document.getIn(path.split('.'), true));
  for (const path of ['spec.columns', 'spec.source.http.request.query']) {
    const list = document.getIn(path.split('.'), true);
    if (isSeq(list)) for (const item of list.items) inline(item);
  }
  document.commentBefore = comments.map((line) => ` ${line}`).join('\n');
  return document.toString({ lineWidth: WIDTH, flowCollectionPadding: false });
}

function inline(node: unknown): void {
  if (isMap(node)) {
    node.flow = true;
    for (const { value } of node.items) inline(value as Node);
  }
}
