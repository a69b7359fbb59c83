import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadNotebooks, type NotebookSet } from '../../databricks/index.ts';

/** The analyses that feeds of tests name, written into `folder` and read from there. */
export async function testNotebooks(folder: string): Promise<NotebookSet> {
  for (const name of ['overview', 'forecast'])
    await writeFile(join(folder, `${name}.py`), `# Databricks notebook source\nprint("${name}")\n`);
  await mkdir(join(folder, 'tributary'));
  await writeFile(join(folder, 'tributary', '__init__.py'), '');
  await writeFile(join(folder, 'tributary', 'words.py'), 'GREETING = "hello"\n');
  return loadNotebooks(folder);
}
