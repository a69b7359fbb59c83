import { spawn } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConfigMap, KubeClient, Secret } from '@tributary/operator/kube';
import { ConfigMapResource, SecretResource } from '@tributary/operator/kube';

export interface AuditRun {
  /** `ok`, or the last line that the command printed. */
  result: string;
  /** What the command printed. */
  output: string;
}

export interface AuditTarget {
  /** `<namespace>.<name>` */
  feed: string;
  namespace: string;
  /** ConfigMap with the consumer's `config.json`. */
  configMap: string;
  /** Secret with the consumer's Kafka credentials. */
  kafkaSecret: string;
  databricksSecret: string;
}

const AUDIT_WITHIN_MS = 5 * 60_000;

/**
 * `tributary audit` of one feed with the consumer's own rights, as its own process: what a user would run. The feed's
 * config and credentials are laid out in `folder` (0700) as a pod has them, so nothing secret is in argv, and taken
 * away again.
 */
export async function runAudit(...args: Parameters<typeof audit>): Promise<AuditRun> {
  try {
    return await audit(...args);
  } finally {
    await rm(args[1], { recursive: true, force: true });
  }
}

async function audit(
  cliBundle: string,
  folder: string,
  kube: KubeClient,
  target: AuditTarget,
  signal: AbortSignal,
): Promise<AuditRun> {
  const config = await kube.get<ConfigMap>(ConfigMapResource, target.configMap, target.namespace, signal);
  if (config === undefined) return { result: `ConfigMap ${target.configMap} is missing`, output: '' };
  await writeFiles(join(folder, 'config'), config.data ?? {});
  for (const [part, name] of [
    ['kafka', target.kafkaSecret],
    ['databricks', target.databricksSecret],
  ] as const) {
    const secret = await kube.get<Secret>(SecretResource, name, target.namespace, signal);
    if (secret === undefined) return { result: `Secret ${name} is missing`, output: '' };
    await writeFiles(
      join(folder, part),
      Object.fromEntries(
        Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')]),
      ),
    );
  }
  const child = spawn(
    process.execPath,
    [
      cliBundle,
      'audit',
      target.feed,
      '--complete',
      '--config',
      join(folder, 'config', 'config.json'),
      '--kafka-dir',
      join(folder, 'kafka'),
      '--databricks-dir',
      join(folder, 'databricks'),
    ],
    {
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: AbortSignal.any([signal, AbortSignal.timeout(AUDIT_WITHIN_MS)]),
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { result: code === 0 ? 'ok' : output.trim().split('\n').at(-1) || `exit ${code}`, output };
}

async function writeFiles(folder: string, files: Record<string, string | Buffer>): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const [name, content] of Object.entries(files))
    await writeFile(join(folder, name), content, { mode: 0o600 });
}
