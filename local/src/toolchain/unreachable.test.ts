import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ensureToolchain } from './index.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-network-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a part that has to be fetched', () => {
  it('says that the network is missing, and the way out', async () => {
    const env = {
      PATH: process.env['PATH'],
      HOME: folder,
      XDG_CACHE_HOME: folder,
      // Nothing listens there.
      PIP_INDEX_URL: 'http://127.0.0.1:9/simple',
      PIP_RETRIES: '1',
      PIP_CONFIG_FILE: '/dev/null',
    };
    await expect(ensureToolchain(['flights'], { env })).rejects.toMatchObject({
      code: 'DownloadFailed',
      message: expect.stringMatching(/registry was not reached[\s\S]*HTTPS_PROXY[\s\S]*run this again/),
    });
  });

  it('says which tool is missing, and the way out', async () => {
    const env = { PATH: folder, HOME: folder, XDG_CACHE_HOME: folder };
    await expect(ensureToolchain(['flights'], { env })).rejects.toMatchObject({
      code: 'ToolMissing',
      message: expect.stringMatching(/No Python 3\.11 to 3\.13 .* install python3 and python3-venv/),
    });
  });
});
