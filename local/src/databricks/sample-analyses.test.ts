import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';

const ROOT = join(import.meta.dirname, '../../..');

/** The analyses that the feeds of a sample name, by feed. */
function analysesOf(sample: string): { feed: string; notebook: string; parameters: string[] }[] {
  return parseAllDocuments(readFileSync(join(ROOT, 'k8s/samples', sample), 'utf8')).flatMap((document) => {
    const { metadata, spec } = document.toJS() as {
      metadata: { name: string };
      spec?: {
        databricks?: { analyses?: { notebook: string; parameters?: { name: string }[] }[] };
      };
    };
    return (spec?.databricks?.analyses ?? []).map(({ notebook, parameters = [] }) => ({
      feed: metadata.name,
      notebook,
      parameters: parameters.map(({ name }) => name),
    }));
  });
}

/** Makes a table, where a feed names one (docs/landing.md): no analysis. */
const INGEST = 'bronze.py';

describe('the samples', () => {
  const analyses = readdirSync(join(ROOT, 'k8s/samples')).flatMap(analysesOf);

  it('show every analysis that ships', () => {
    const named = new Set(analyses.map(({ notebook }) => notebook));
    const shipped = readdirSync(join(ROOT, 'notebooks')).filter(
      (name) => name.endsWith('.py') && name !== INGEST,
    );
    expect([...named].toSorted()).toEqual(shipped.map((name) => name.replace(/\.py$/, '')).toSorted());
  });

  it.each(analyses)('$feed names $notebook, and only parameters that it has', ({ notebook, parameters }) => {
    const source = readFileSync(join(ROOT, 'notebooks', `${notebook}.py`), 'utf8');
    for (const name of parameters) expect(source).toContain(`dbutils.widgets.text("${name}"`);
  });
});
