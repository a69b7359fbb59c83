import type { BuildFolders } from './cache.ts';

/** How one part is built. Adding a part to the toolchain is adding a recipe. */
export type Recipe = {
  version: string;
  /** What, besides the version, decides the result: contents, not paths. */
  inputs: readonly string[];
  /** Shown with the progress: what a 2-core machine on a usual line took. */
  estimateSeconds: number;
  build(context: BuildContext): Promise<void>;
};

export type BuildContext = BuildFolders & {
  env: NodeJS.ProcessEnv;
  note: (text: string) => void;
  signal: AbortSignal | undefined;
  /** The folder of another part, built first if need be. */
  need: (part: string) => Promise<string>;
};
