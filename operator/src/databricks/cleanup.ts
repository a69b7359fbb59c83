import { DatabricksNotFoundError, type Databricks } from '@tributary/databricks';
import { feedName, type DatabricksSpec } from '@tributary/api';
import { deleteJob, findJobs, retainJob } from './job-sync.ts';
import { feedFolder } from './job-settings.ts';
import { notebookFolder } from './notebooks.ts';

export interface CleanupRequest {
  namespace: string;
  name: string;
  uid: string;
  databricks: DatabricksSpec;
  jobs: 'Retain' | 'Delete';
  files: 'Retain' | 'Delete';
}

/** Deeper than the layout of a feed goes. */
const MAX_DEPTH = 8;

/** Removes what the feed has in Databricks, as its deletion policy says. Doing it again is harmless. */
export async function cleanUp(
  client: Databricks,
  request: CleanupRequest,
  signal: AbortSignal,
): Promise<void> {
  const { ours } = await findJobs(client, request, signal);
  for (const job of ours) {
    if (request.jobs === 'Delete') await deleteJob(client, job.jobId, signal);
    else await retainJob(client, job, request, signal);
  }
  if (request.jobs === 'Delete') {
    const folder = notebookFolder(feedName(request.namespace, request.name));
    await unlessMissing(client.workspace.delete(folder, { recursive: true, signal }));
  }
  if (request.files === 'Delete') await deleteTree(client, feedFolder(request), signal, 0);
}

/** Databricks deletes only empty folders. */
async function deleteTree(
  client: Databricks,
  folder: string,
  signal: AbortSignal,
  depth: number,
): Promise<void> {
  if (depth > MAX_DEPTH) throw new RangeError(`${folder} lies deeper than a feed's files do`);
  try {
    for await (const { path, isDirectory } of client.files.list(folder, { signal })) {
      if (isDirectory) await deleteTree(client, path, signal, depth + 1);
      else await unlessMissing(client.files.delete(path, { signal }));
    }
    await client.files.deleteFolder(folder, { signal });
  } catch (error) {
    if (!(error instanceof DatabricksNotFoundError)) throw error;
  }
}

async function unlessMissing(removal: Promise<unknown>): Promise<void> {
  try {
    await removal;
  } catch (error) {
    if (!(error instanceof DatabricksNotFoundError)) throw error;
  }
}
