import { CONSUMER_NODE_OPTIONS, POD_USER, PRODUCER_NODE_OPTIONS } from '@tributary/api';
import { build, type BuildOptions } from 'esbuild';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LEAN } from './lean-dependencies.ts';
import { ROOT } from './run-step.ts';

/** One bundle for each image and for the command line; pods run them without arguments. */
export const COMPONENTS = ['operator', 'producer', 'consumer', 'cli'] as const;
export type Component = (typeof COMPONENTS)[number];

const DIST = join(ROOT, 'dist');

export function bundlePath(component: Component, dist = DIST): string {
  return join(dist, component, 'main.mjs');
}

const SHARED: BuildOptions = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  // A running pod keeps its source as text, in two bytes for each character once a comment holds one that is not ASCII.
  // Names are kept and lines are short, so that a stack can be read.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 160,
  plugins: LEAN,
  sourcemap: 'linked',
  legalComments: 'linked',
  logLevel: 'warning',
  // CommonJS dependencies (kafkajs) call require for Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
};

/** Those of which a cluster runs a thousand: `main.mjs` starts `pod.mjs` from the compile cache beside it. */
const NODE_OPTIONS: Readonly<Partial<Record<Component, string>>> = {
  producer: PRODUCER_NODE_OPTIONS,
  consumer: CONSUMER_NODE_OPTIONS,
};

/** Bundles of threads that a pod begins where there is work for them. */
const THREADS: Readonly<Partial<Record<Component, Record<string, string>>>> = {
  producer: { 'reading-thread.mjs': 'read/thread.ts' },
};

/** Writes the folder `dist/<component>`, whose `main.mjs` is to be run, for each component; about two seconds in all. */
export async function buildBundles(
  components: readonly Component[] = COMPONENTS,
  dist = DIST,
): Promise<void> {
  await Promise.all(
    components.map(async (component) => {
      const source = join(ROOT, component, 'src', 'main.ts');
      const main = bundlePath(component, dist);
      const options = NODE_OPTIONS[component];
      if (options === undefined) await bundle(source, main);
      else {
        await bundle(source, join(dirname(main), 'pod.mjs'));
        for (const [name, file] of Object.entries(THREADS[component] ?? {}))
          await bundle(join(ROOT, component, 'src', file), join(dirname(main), name));
        await bundle(join(ROOT, 'runtime', 'src', 'pod-entry.ts'), main);
        await warmCompileCache(main, options);
      }
    }),
  );
}

async function bundle(source: string, outfile: string): Promise<void> {
  await build({ ...SHARED, entryPoints: [source], outfile });
}

/**
 * V8 takes compiled code only under the options that it was made with, and Node only what is of the same user. Without a
 * config a pod ends once all is loaded.
 */
async function warmCompileCache(main: string, nodeOptions: string): Promise<void> {
  const cache = join(dirname(main), 'compile-cache');
  await rm(cache, { recursive: true, force: true });
  const child = spawn(process.execPath, [main], { env: { NODE_OPTIONS: nodeOptions }, stdio: 'ignore' });
  await once(child, 'exit');
  for (const own of await readdir(cache)) {
    const shipped = own.replace(/\d+$/, String(POD_USER));
    if (shipped !== own) await cp(join(cache, own), join(cache, shipped), { recursive: true });
    for (const file of await readdir(join(cache, shipped))) await chmod(join(cache, shipped, file), 0o444);
  }
}
