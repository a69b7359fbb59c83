import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { stablePorts } from './stable-ports.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-ports-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the ports of a work folder', () => {
  it('stay the same from start to start', async () => {
    const file = join(folder, 'ports.json');
    const first = await stablePorts(file, ['api', 'etcd']);
    expect(first.api).not.toBe(first.etcd);
    expect(await stablePorts(file, ['api', 'etcd'])).toEqual(first);
  });

  it('are others where somebody else has taken one meanwhile', async () => {
    const file = join(folder, 'ports.json');
    const first = await stablePorts(file, ['api', 'etcd']);
    const squatter = createServer();
    await new Promise<void>((resolve) => {
      squatter.listen(first.api, '127.0.0.1', resolve);
    });
    try {
      const second = await stablePorts(file, ['api', 'etcd']);
      expect(second.api).not.toBe(first.api);
      expect(second.etcd).toBe(first.etcd);
    } finally {
      await new Promise((resolve) => squatter.close(resolve));
    }
  });

  it('are found anew where the file of an earlier start is damaged', async () => {
    const file = join(folder, 'ports.json');
    writeFileSync(file, '{"api": 12');
    expect(await stablePorts(file, ['api'])).toEqual({ api: expect.any(Number) });
  });
});
