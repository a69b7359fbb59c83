import { spawn } from 'node:child_process';

/** kubectl or helm said no; the message is what it printed. */
export class CommandFailedError extends Error {
  override readonly name = 'CommandFailedError';
  readonly code = 'CommandFailed';
}

export interface Tools {
  kubectl: string;
  helm: string;
  kubeconfigPath: string;
  /** Where helm may keep its cache and settings. */
  helmHome: string;
}

const LARGEST_OUTPUT_CHARS = 16 * 1024 * 1024;

/** Runs kubectl or helm against the stack, as a user would; `input` goes to standard input, so that secrets are never in argv. */
export async function runTool(
  tools: Tools,
  tool: 'kubectl' | 'helm',
  args: string[],
  { input, signal }: { input?: string; signal?: AbortSignal } = {},
): Promise<string> {
  const child = spawn(tools[tool], args, {
    env: {
      PATH: process.env['PATH'],
      HOME: tools.helmHome,
      KUBECONFIG: tools.kubeconfigPath,
      HELM_CACHE_HOME: `${tools.helmHome}/cache`,
      HELM_CONFIG_HOME: `${tools.helmHome}/config`,
      HELM_DATA_HOME: `${tools.helmHome}/data`,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(signal === undefined ? {} : { signal }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (stdout.length < LARGEST_OUTPUT_CHARS) stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (stderr.length < LARGEST_OUTPUT_CHARS) stderr += text;
  });
  // A child that ends early closes its input; its exit code tells the story.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input ?? '');
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0)
    throw new CommandFailedError(`${tool} ${args.join(' ')} failed: ${(stderr || stdout).trim()}`);
  return stdout;
}

/** `kubectl apply --server-side` of objects that may hold secrets. What somebody has edited meanwhile is set back. */
export async function applyObjects(
  tools: Tools,
  objects: readonly object[],
  signal?: AbortSignal,
): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items: objects };
  await runTool(
    tools,
    'kubectl',
    ['apply', '--server-side', '--force-conflicts', '--field-manager=tributary-start', '-f', '-'],
    {
      input: JSON.stringify(list),
      ...(signal === undefined ? {} : { signal }),
    },
  );
}
