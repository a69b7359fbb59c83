import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../processes/error-code.ts';
import { ToolchainError } from '../errors.ts';
import { findExecutable } from '../find-executable.ts';
import type { BuildContext, Recipe } from '../recipe.ts';
import { runCommand } from '../run-command.ts';
import { javaHome } from './java.ts';

const version = '3.9.16';
// By its full name: a short one is looked up in metadata that not every mirror serves.
const copyGoal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
const maximumBytes = 50 * 1024 * 1024;
const downloadTimeoutMs = 5 * 60_000;

/** Maven itself, for machines without it. */
export const maven: Recipe = {
  version,
  inputs: [],
  estimateSeconds: 10,
  async build({ folder, scratch, env, signal }) {
    const repository = env['TRIBUTARY_MAVEN_CENTRAL']?.replace(/\/$/, '');
    if (repository === undefined || repository === '') {
      // Which mirror a machine may use is its owner's to say; a host written here would be right for some only.
      throw new ToolchainError(
        'ToolMissing',
        "Maven is needed to fetch Kafka and Spark's connectors, and is not on the PATH. Install maven (Debian: " +
          'apt-get install maven), or set TRIBUTARY_MAVEN_CENTRAL to the address of Maven Central or a mirror of it.',
      );
    }
    const url = `${repository}/org/apache/maven/apache-maven/${version}/apache-maven-${version}-bin.tar.gz`;
    const [archive, sha512] = await Promise.all([download(url, signal), download(`${url}.sha512`, signal)]);
    const actual = createHash('sha512').update(archive).digest('hex');
    if (actual !== sha512.toString('utf8').trim().split(/\s/)[0]) {
      throw new ToolchainError(
        'DownloadFailed',
        `${url} does not have the checksum that is published beside it`,
      );
    }
    await mkdir(scratch, { recursive: true });
    const path = join(scratch, 'maven.tar.gz');
    await writeFile(path, archive);
    await runCommand('tar', ['-xzf', path, '-C', folder, '--strip-components=1'], { env, signal });
  },
};

async function download(url: string, signal: AbortSignal | undefined): Promise<Buffer> {
  const stop = AbortSignal.any([AbortSignal.timeout(downloadTimeoutMs), ...(signal ? [signal] : [])]);
  try {
    const response = await fetch(url, { signal: stop });
    if (!response.ok) throw new Error(`answered ${response.status}`);
    const bytes = Buffer.from(await response.arrayBuffer());
    if (bytes.length > maximumBytes) throw new Error(`is larger than ${maximumBytes} bytes`);
    return bytes;
  } catch (cause) {
    signal?.throwIfAborted();
    const why = messageOf(cause);
    throw new ToolchainError(
      'DownloadFailed',
      `Maven is needed to fetch Kafka and Spark's connectors, is not on the PATH, and ${url}: ${why}. ` +
        'Install maven, or name a mirror of Maven Central in TRIBUTARY_MAVEN_CENTRAL.',
      { cause },
    );
  }
}

/** Copies what a pom depends on, runtime scope, into `target`, but for artifacts of the excluded groups. */
export async function copyDependencies(
  pom: string,
  target: string,
  java: string,
  context: BuildContext,
  excludedGroups: readonly string[] = [],
): Promise<void> {
  const { env, scratch, signal, note } = context;
  const mvn = findExecutable('mvn', env) ?? join(await context.need('maven'), 'bin', 'mvn');
  const copy = join(scratch, 'pom.xml');
  await writeFile(copy, await readFile(pom)); // Maven may write beside its pom
  await runCommand(
    mvn,
    [
      '--batch-mode',
      '--file',
      copy,
      // Two Mavens must not share a repository, and the user's own is left alone.
      `-Dmaven.repo.local=${join(scratch, 'repository')}`,
      `-DoutputDirectory=${target}`,
      '-DincludeScope=runtime',
      `-DexcludeGroupIds=${excludedGroups.join(',')}`,
      copyGoal,
    ],
    {
      env: { ...env, JAVA_HOME: javaHome(java) },
      signal,
      onLine: (line) => note(line.replace(/^\[INFO\]\s*/, '')),
    },
  );
}
