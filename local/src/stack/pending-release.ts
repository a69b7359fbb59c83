import { runTool, type Tools } from './kubectl.ts';

/**
 * Forgets what a helm that was killed had begun: it would refuse every later install or upgrade of the release. Revisions
 * that were deployed stay, and so do objects, which the next helm takes up.
 */
export async function clearPendingRelease(
  tools: Tools,
  { release, namespace }: { release: string; namespace: string },
  signal?: AbortSignal,
): Promise<void> {
  await runTool(
    tools,
    'kubectl',
    [
      ...['delete', 'secret', `--namespace=${namespace}`, '--ignore-not-found'],
      ...[
        '--selector',
        `owner=helm,name=${release},status in (pending-install,pending-upgrade,pending-rollback)`,
      ],
    ],
    signal === undefined ? {} : { signal },
  );
}
