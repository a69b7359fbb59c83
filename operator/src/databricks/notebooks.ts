import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  DatabricksNotFoundError,
  sameSource,
  type ImportOptions,
  type Workspace,
} from '@tributary/databricks';
import { checksumOf } from '../plan/index.ts';

/** One file of ours in the workspace. */
export interface WorkspaceFile {
  /** Below the feed's folder; notebooks go without their extension, as Databricks has it. */
  path: string;
  content: Buffer;
  notebook: boolean;
}

export interface NotebookSet {
  files: WorkspaceFile[];
  /** Names that `analyses[].notebook` may have. */
  names: ReadonlySet<string>;
  /** Of all files. */
  hash: string;
}

const NOTEBOOK_MARK = '# Databricks notebook source';
/** The Python package that the notebooks import, beside them. */
const PACKAGE = 'tributary';
const MAX_FILES = 200;

/** Reads the notebooks that ship with this version, and the package beside them. */
export async function loadNotebooks(folder: string): Promise<NotebookSet> {
  const files: WorkspaceFile[] = [];
  for (const name of await pythonFiles(folder)) {
    const content = await readFile(join(folder, name));
    if (!content.toString('utf8', 0, NOTEBOOK_MARK.length).startsWith(NOTEBOOK_MARK)) continue;
    files.push({ path: name.replace(/\.py$/, ''), content, notebook: true });
  }
  if (files.length === 0)
    throw new Error(`there are no notebooks in ${folder}; check TRIBUTARY_NOTEBOOKS_DIR`);
  for (const name of await pythonFiles(join(folder, PACKAGE))) {
    const content = await readFile(join(folder, PACKAGE, name));
    files.push({ path: `${PACKAGE}/${name}`, content, notebook: false });
  }
  if (files.length > MAX_FILES)
    throw new Error(`${folder} holds ${files.length} files, more than ${MAX_FILES}`);
  return {
    files,
    names: new Set(files.filter(({ notebook }) => notebook).map(({ path }) => path)),
    hash: checksumOf(files.flatMap(({ path, content }) => [path, content.toString('base64')])),
  };
}

async function pythonFiles(folder: string): Promise<string[]> {
  let entries;
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw new Error(`${folder} cannot be read; check TRIBUTARY_NOTEBOOKS_DIR`, { cause: error });
  }
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.py'))
    .map(({ name }) => name)
    .toSorted();
}

export function notebookFolder(feed: string): string {
  return `/Shared/tributary/${feed}`;
}

/** Makes the feed's folder hold exactly these sources; returns the paths that had drifted. */
export async function syncNotebooks(
  workspace: Workspace,
  folder: string,
  { files }: NotebookSet,
  signal: AbortSignal,
): Promise<string[]> {
  const drifted: WorkspaceFile[] = [];
  for (const file of files) if (!(await isStored(workspace, folder, file, signal))) drifted.push(file);
  if (drifted.length === 0) return [];
  await workspace.mkdirs(`${folder}/${PACKAGE}`, { signal });
  for (const { path, content, notebook } of drifted) {
    const options: ImportOptions = notebook
      ? { format: 'SOURCE', language: 'PYTHON', overwrite: true, signal }
      : { format: 'AUTO', overwrite: true, signal };
    await workspace.importVerified(`${folder}/${path}`, content, options);
  }
  return drifted.map(({ path }) => path);
}

async function isStored(
  workspace: Workspace,
  folder: string,
  { path, content, notebook }: WorkspaceFile,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const stored = await workspace.export(`${folder}/${path}`, {
      format: notebook ? 'SOURCE' : 'AUTO',
      signal,
    });
    return sameSource(stored, content);
  } catch (error) {
    if (error instanceof DatabricksNotFoundError) return false;
    throw error;
  }
}
