import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CONSUMER_NODE_OPTIONS, POD_USER, PRODUCER_NODE_OPTIONS } from '@tributary/api';
import { buildBundles, bundlePath } from '../../../scripts/bundles.ts';

const TELL = `process.on('exit', () => console.error('loaded ' + process.moduleLoadList.join()));`;
/** Of Node's modules those that take megabytes and that no pod needs: `fetch` and its streams, HTTP/2, processes, a console. */
const HEAVY = [
  'internal/deps/undici/undici',
  'internal/webstreams/readablestream',
  'internal/http2/core',
  'internal/cluster/primary',
  'repl',
];

describe.each([
  { component: 'producer', nodeOptions: PRODUCER_NODE_OPTIONS, mostBytes: 1_400_000 },
  { component: 'consumer', nodeOptions: CONSUMER_NODE_OPTIONS, mostBytes: 1_270_000 },
] as const)('a $component, as it ships', ({ component, nodeOptions, mostBytes }) => {
  // Not the one that other tests run pods from meanwhile.
  const dist = mkdtempSync(join(tmpdir(), 'tributary-dist-'));
  const main = bundlePath(component, dist);
  let told = '';
  beforeAll(async () => {
    await buildBundles([component], dist);
    told = await startedWithoutConfig(main, nodeOptions);
  }, 60_000);
  afterAll(() => rmSync(dist, { recursive: true, force: true }));

  it('loads none of the heavy modules that it does not need', () => {
    const loaded = (/^loaded (.*)$/m.exec(told)?.[1] ?? '').split(',');
    expect(loaded).toContain('NativeModule tls');
    expect(HEAVY.filter((name) => loaded.includes(`NativeModule ${name}`))).toEqual([]);
  });

  it('finds its code compiled, under the options that it is given and as the user that it runs as', () => {
    expect(told).toMatch(/pod\.mjs was accepted/);
    const users = readdirSync(join(dirname(main), 'compile-cache')).map((name) => name.split('-').at(-1));
    expect(users).toContain(String(POD_USER));
  });

  it('keeps no more source in memory than it had', () => {
    expect(statSync(join(dirname(main), 'pod.mjs')).size).toBeLessThan(mostBytes);
  });
});

describe('the thread that reads large pages', () => {
  const dist = mkdtempSync(join(tmpdir(), 'tributary-dist-'));
  afterAll(() => rmSync(dist, { recursive: true, force: true }));

  it('has what reads pages, and neither schemas nor clients', async () => {
    await buildBundles(['producer'], dist);
    const thread = join(dirname(bundlePath('producer', dist)), 'reading-thread.mjs');
    expect(statSync(thread).size).toBeLessThan(200_000);
  }, 60_000);
});

/** It ends by itself, once all is loaded; what it said. */
function startedWithoutConfig(main: string, nodeOptions: string): Promise<string> {
  const tell = `--import=data:text/javascript,${encodeURIComponent(TELL)}`;
  const env = { NODE_OPTIONS: nodeOptions, NODE_DEBUG_NATIVE: 'COMPILE_CACHE' };
  return new Promise((resolve) => {
    execFile(process.execPath, [tell, main], { env }, (_error, stdout, stderr) => resolve(stdout + stderr));
  });
}
