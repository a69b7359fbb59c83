import { Document, isMap, isSeq, type Node } from 'yaml';
import type { ProposedColumn } from './propose-columns.ts';

export interface ProposedFeed {
  name: string;
  namespace: string;
  /** `spec.source`. */
  source: object;
  /** Absent where a preset brings them. */
  columns?: readonly ProposedColumn[] | undefined;
  every: string;
}

const WIDTH = 140;
const INLINE = [
  'metadata',
  'spec.schedule',
  'spec.kafka',
  'spec.storage',
  'spec.source.http.csv',
  'spec.source.http.auth',
  'spec.source.http.pagination',
  'spec.source.http.cursor',
  'spec.source.http.nulls',
  'spec.source.alphaVantage.apiKeyFrom',
];
const LISTS = ['spec.columns', 'spec.source.http.request.query', 'spec.source.alphaVantage.parameters'];

/** YAML as a person would lay it out: a column a line. */
export function writeFeed(
  { name, namespace, source, columns, every }: ProposedFeed,
  comments: readonly string[],
): string {
  const document = new Document(
    {
      apiVersion: 'tributary.dev/v1alpha1',
      kind: 'StreamSource',
      metadata: { name, namespace },
      spec: {
        source,
        schedule: { every },
        ...(columns === undefined ? {} : { columns }),
        kafka: { strimzi: { cluster: 'plant', namespace: 'kafka' } },
        storage: { size: '1Gi' },
      },
    },
    { aliasDuplicateObjects: false },
  );
  for (const path of INLINE) inline(document.getIn(path.split('.'), true));
  for (const path of LISTS) {
    const list = document.getIn(path.split('.'), true);
    if (isSeq(list)) for (const item of list.items) inline(item);
  }
  document.commentBefore = comments.map((line) => ` ${line}`).join('\n');
  return document.toString({ lineWidth: WIDTH, flowCollectionPadding: false });
}

function inline(node: unknown): void {
  if (isSeq(node)) node.flow = true;
  else if (isMap(node)) {
    node.flow = true;
    for (const { value } of node.items) inline(value as Node);
  }
}
