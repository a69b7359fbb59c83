/** Databricks' text form of a notebook, and its conversion from and to Jupyter's. */
export const HEADERS: Readonly<Record<string, string>> = {
  PYTHON: '# Databricks notebook source',
  SQL: '-- Databricks notebook source',
  SCALA: '// Databricks notebook source',
  R: '# Databricks notebook source',
};

export const LANGUAGE_OF_EXTENSION: Readonly<Record<string, string>> = {
  py: 'PYTHON',
  sql: 'SQL',
  scala: 'SCALA',
  r: 'R',
};

const SEPARATOR = '\n\n# COMMAND ----------\n\n';

export function isNotebookSource(text: string, language: string): boolean {
  const header = HEADERS[language];
  return header !== undefined && text.trimStart().startsWith(header);
}

interface JupyterCell {
  readonly cell_type: string;
  readonly source: string | readonly string[];
}

/** A Jupyter document as Python source; undefined when it is not one. */
export function fromJupyter(text: string): string | undefined {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return undefined; // the caller answers what Databricks answers
  }
  if (
    typeof document !== 'object' ||
    document === null ||
    !('cells' in document) ||
    !Array.isArray(document.cells)
  )
    return undefined;
  const cells = (document.cells as JupyterCell[]).map((cell) => {
    const source = typeof cell.source === 'string' ? cell.source : cell.source.join('');
    if (cell.cell_type === 'markdown') return magic(`%md\n${source}`);
    return /^%[a-z]/.test(source.trimStart()) ? magic(source) : source;
  });
  return `${HEADERS['PYTHON']}\n${cells.join(SEPARATOR)}\n`;
}

export function toJupyter(source: string): string {
  const body = source.replace(/^# Databricks notebook source\n?/, '');
  const cells = body.split(/^# COMMAND -+\s*$/m).map((text) => {
    const lines = text.trim().split('\n');
    const isMagic = lines[0]?.startsWith('# MAGIC') === true;
    const plain = isMagic ? lines.map((line) => line.replace(/^# MAGIC ?/, '')).join('\n') : lines.join('\n');
    const markdown = /^%md\s?/.test(plain);
    return markdown
      ? { cell_type: 'markdown', metadata: {}, source: plain.replace(/^%md\s?/, '') }
      : { cell_type: 'code', metadata: {}, source: plain, outputs: [], execution_count: null };
  });
  return JSON.stringify({
    cells,
    metadata: { language_info: { name: 'python' } },
    nbformat: 4,
    nbformat_minor: 5,
  });
}

function magic(text: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '# MAGIC' : `# MAGIC ${line}`))
    .join('\n');
}
