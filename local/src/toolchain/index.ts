import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildOnce, cacheRoot, pathOf } from './cache.ts';
import { silentProgress } from './progress.ts';
import type { Progress } from './progress.ts';
import type { Recipe } from './recipe.ts';
import { bento } from './recipes/bento.ts';
import { controlPlane } from './recipes/control-plane.ts';
import { controllerRuntime } from './recipes/controller-runtime.ts';
import { flights } from './recipes/flights.ts';
import { javaOfJdk, javaOnPath, jdk } from './recipes/java.ts';
import { kubectl } from './recipes/kubectl.ts';
import { kafka, kafkaAndSparkJava, sparkJars, strimziCrds } from './recipes/maven-parts.ts';
import { maven } from './recipes/maven.ts';
import { minilake, python } from './recipes/python.ts';
import { Turns } from './turns.ts';

export { cacheRoot } from './cache.ts';
export { ToolchainError } from './errors.ts';
export { renderProgress, silentProgress } from './progress.ts';
export type { ClosableProgress, Progress } from './progress.ts';

const recipes = {
  bento,
  'control-plane': controlPlane,
  'controller-runtime': controllerRuntime,
  flights,
  jdk,
  kafka,
  kubectl,
  maven,
  minilake,
  python,
  'spark-jars': sparkJars,
  'strimzi-crds': strimziCrds,
} as const satisfies Record<string, Recipe>;

/** Absolute paths of what was asked for. */
export type Toolchain = {
  kubectl: string;
  helm: string;
  /** One program: etcd, kube-apiserver, kube-controller-manager or kube-scheduler by its first argument. */
  controlPlane: string;
  java: string;
  /** A folder of jars. */
  kafkaLibs: string;
  /** A folder of jars. */
  sparkJars: string;
  /** A folder of YAML files: kafkas, kafkanodepools, kafkatopics, kafkausers. */
  strimziCrds: string;
  /** A folder with flights.csv and weather.csv, of New York's airports in 2013. */
  flights: string;
  /** An interpreter with the packages that the notebooks use. */
  python: string;
  /** An interpreter with the package minilake. */
  minilakePython: string;
  /** The peer of the benches of producer and consumer. */
  bento: string;
  /** The peer of the operator's bench. */
  controllerRuntime: string;
};

/** What each part gives, as fields of the toolchain. */
type FieldsOf = {
  kubectl: 'kubectl' | 'helm';
  'control-plane': 'controlPlane';
  java: 'java';
  kafka: 'kafkaLibs';
  'spark-jars': 'sparkJars';
  'strimzi-crds': 'strimziCrds';
  flights: 'flights';
  python: 'python';
  minilake: 'minilakePython';
  bento: 'bento';
  'controller-runtime': 'controllerRuntime';
};

export type PartName = keyof FieldsOf;
export type ToolchainOf<P extends PartName> = Pick<Toolchain, FieldsOf[P]>;

/** What `npm test` needs; the peers are the benches' alone. */
export const partNames: readonly PartName[] = [
  'control-plane',
  'python',
  'kubectl',
  'java',
  'kafka',
  'spark-jars',
  'strimzi-crds',
  'flights',
  'minilake',
];

export type EnsureOptions = {
  progress?: Progress;
  signal?: AbortSignal | undefined;
  env?: NodeJS.ProcessEnv;
};

/**
 * Makes sure that the parts are there, building what the cache lacks, and resolves with their paths. What is
 * cached touches no network. Rejects with a `ToolchainError` that says what to do; the other parts are then
 * stopped too.
 */
export async function ensureToolchain<P extends PartName>(
  parts: readonly P[],
  options: EnsureOptions = {},
): Promise<ToolchainOf<P>> {
  const failure = new AbortController();
  const signal = AbortSignal.any([failure.signal, ...(options.signal ? [options.signal] : [])]);
  const ensure = new Ensure(options.env ?? process.env, options.progress ?? silentProgress, signal);
  const found = await Promise.allSettled(
    parts.map(async (part) => {
      try {
        return await pathsOf(part, ensure);
      } catch (error) {
        failure.abort(error);
        throw error;
      }
    }),
  );
  options.signal?.throwIfAborted();
  if (failure.signal.aborted) throw failure.signal.reason;
  const paths = found.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  return Object.assign({}, ...paths) as ToolchainOf<P>;
}

/** Whether nothing of it has to be fetched or built any more. */
export function isCached(parts: readonly PartName[], env: NodeJS.ProcessEnv = process.env): boolean {
  return parts.every((part) => {
    if (part === 'java' && javaOnPath(env, kafkaAndSparkJava) !== undefined) return true;
    const name = part === 'java' ? 'jdk' : part;
    const { version, inputs }: Recipe = recipes[name];
    return existsSync(pathOf(cacheRoot(env), { part: name, version, inputs }));
  });
}

async function pathsOf(part: PartName, ensure: Ensure): Promise<Partial<Toolchain>> {
  switch (part) {
    case 'kubectl': {
      const folder = await ensure.part('kubectl');
      return { kubectl: join(folder, 'kubectl'), helm: join(folder, 'helm') };
    }
    case 'control-plane':
      return { controlPlane: join(await ensure.part('control-plane'), 'control-plane') };
    case 'java':
      return {
        java: javaOnPath(ensure.env, kafkaAndSparkJava) ?? javaOfJdk(await ensure.part('jdk')),
      };
    case 'kafka':
      return { kafkaLibs: await ensure.part('kafka') };
    case 'spark-jars':
      return { sparkJars: await ensure.part('spark-jars') };
    case 'strimzi-crds':
      return { strimziCrds: await ensure.part('strimzi-crds') };
    case 'flights':
      return { flights: await ensure.part('flights') };
    case 'python':
      return { python: join(await ensure.part('python'), 'bin', 'python') };
    case 'bento':
      return { bento: join(await ensure.part('bento'), 'bento') };
    case 'controller-runtime':
      return { controllerRuntime: join(await ensure.part('controller-runtime'), 'controller-runtime') };
    case 'minilake':
      return { minilakePython: join(await ensure.part('minilake'), 'bin', 'python') };
  }
}

/** What others need, or two parts could wait for each other for ever; and what a compiler makes. */
const WAIT_FOR_NOBODY: ReadonlySet<string> = new Set([
  'control-plane',
  'bento',
  'controller-runtime',
  'jdk',
  'maven',
]);

/** One call of `ensureToolchain`: each part at most once, and two downloads at a time beside the compiler. */
class Ensure {
  readonly env: NodeJS.ProcessEnv;
  readonly #progress: Progress;
  readonly #signal: AbortSignal;
  readonly #parts = new Map<keyof typeof recipes, Promise<string>>();
  readonly #downloads = new Turns(2);

  constructor(env: NodeJS.ProcessEnv, progress: Progress, signal: AbortSignal) {
    this.env = env;
    this.#progress = progress;
    this.#signal = signal;
  }

  part(name: keyof typeof recipes): Promise<string> {
    const known = this.#parts.get(name);
    if (known !== undefined) return known;
    const promise = this.#ensure(name);
    this.#parts.set(name, promise);
    return promise;
  }

  async #ensure(name: keyof typeof recipes): Promise<string> {
    const recipe: Recipe = recipes[name];
    let started = false;
    const start = (): void => {
      if (!started) this.#progress.start(name, recipe.estimateSeconds);
      started = true;
    };
    try {
      const folder = await buildOnce(
        cacheRoot(this.env),
        { part: name, version: recipe.version, inputs: recipe.inputs },
        async (folders) => {
          const build = async (): Promise<void> => {
            start();
            await recipe.build({
              ...folders,
              env: this.env,
              signal: this.#signal,
              note: (text) => this.#progress.note(name, text),
              need: async (part) => await this.part(part as keyof typeof recipes),
            });
          };
          if (WAIT_FOR_NOBODY.has(name)) await build();
          else await this.#downloads.take(build);
        },
        {
          signal: this.#signal,
          onWait: (pid) => {
            start();
            this.#progress.note(name, `another run (pid ${pid}) is building it`);
          },
        },
      );
      if (started) this.#progress.done(name);
      return folder;
    } catch (error) {
      if (started) this.#progress.failed(name, error);
      throw error;
    }
  }
}
