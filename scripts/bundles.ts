import { build, type BuildOptions } from 'esbuild';
import { join } from 'node:path';
import { LEAN } from './lean-dependencies.ts';
import { ROOT } from './run-step.ts';

/** One bundle for each image and for the command line; pods run them without arguments. */
export const COMPONENTS = ['operator', 'producer', 'consumer', 'cli'] as const;
export type Component = (typeof COMPONENTS)[number];

export function bundlePath(component: Component): string {
  return join(ROOT, 'dist', component, 'main.mjs');
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

/** Writes `dist/<component>/main.mjs` for each component; about a second in all. */
export async function buildBundles(components: readonly Component[] = COMPONENTS): Promise<void> {
  await Promise.all(
    components.map((component) =>
      build({
        ...SHARED,
        entryPoints: [join(ROOT, component, 'src', 'main.ts')],
        outfile: bundlePath(component),
      }),
    ),
  );
}
