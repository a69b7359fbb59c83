import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const run = promisify(execFile);
const main = fileURLToPath(new URL('./main.ts', import.meta.url));

describe('npm start', () => {
  it('explains itself without starting anything', async () => {
    const { stdout } = await run(process.execPath, [main, '--help']);
    expect(stdout).toMatch(/^Usage: npm start/);
    for (const option of ['--once', '--dir', '--fresh', '--keep']) expect(stdout).toContain(option);
  });

  it('refuses what it does not know with exit code 2 and the way out', async () => {
    await expect(run(process.execPath, [main, '--onec'])).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--onec[\s\S]*--help/),
    });
  });
});
