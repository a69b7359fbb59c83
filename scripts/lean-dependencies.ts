import { builtinModules } from 'node:module';
import type { Plugin } from 'esbuild';

/** What dependencies bring along and no pod uses: each would stay in memory for as long as the pod lives. */
const UNUSED: readonly { file: RegExp; contents: string; loader: 'js' | 'json' }[] = [
  // Messages in fifty languages.
  {
    file: /[/\\]zod[/\\]v4[/\\]locales[/\\]index\.js$/,
    contents: "export { default as en } from './en.js';",
    loader: 'js',
  },
  // Types of files by their extension, for forms that we do not send.
  { file: /[/\\]mime-db[/\\]db\.json$/, contents: '{}', loader: 'json' },
  // Requests by `fetch`, for browsers: asking whether there is one loads all of it.
  {
    file: /[/\\]axios[/\\]lib[/\\]adapters[/\\]fetch\.js$/,
    contents: 'export const getFetch = () => false; export default false;',
    loader: 'js',
  },
  // Metrics of many processes or threads (which opens a channel between them), and sent rather than asked for.
  {
    file: /[/\\]@prometheus-io[/\\]client[/\\]lib[/\\](?:cluster|worker|pushgateway)\.js$/,
    contents: 'module.exports = class {};',
    loader: 'js',
  },
  // Traces, to be named beside the metrics' values.
  {
    file: /[/\\]@opentelemetry[/\\]api[/\\]dist[/\\]index\.cjs$/,
    contents: 'module.exports = {};',
    loader: 'js',
  },
  // Logs written by another thread.
  {
    file: /[/\\]thread-stream[/\\]index\.js$/,
    contents: 'module.exports = class {};',
    loader: 'js',
  },
];

const unused: Plugin = {
  name: 'without what no pod uses',
  setup: (build) => {
    for (const { file, contents, loader } of UNUSED)
      build.onLoad({ filter: file }, ({ path }) => ({
        contents,
        loader,
        resolveDir: path.replace(/[^/\\]*$/, ''),
      }));
  },
};

/** Modules of Node that are imported everywhere and hardly ever used: they are loaded when they are. */
const SELDOM = new Set(['http2', 'cluster']);

/** An `import` of one of Node's modules asks for all that it exports, and `http` exports a part of `fetch`. */
const builtins: Plugin = {
  name: "Node's modules as they are",
  setup: (build) => {
    build.onResolve({ filter: /^(?:node:)?[a-z_0-9/]+$/ }, ({ path }) => {
      const name = path.replace(/^node:/, '');
      return builtinModules.includes(name) ? { path: name, namespace: 'builtin' } : undefined;
    });
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = ${SELDOM.has(path) ? whenUsed(path) : builtin(path)}`,
    }));
  },
};

function builtin(name: string): string {
  return `process.getBuiltinModule(${JSON.stringify(name)})`;
}

function whenUsed(name: string): string {
  return `new Proxy({}, { get: (_, member) => ${builtin(name)}[member] })`;
}

/** Its generated models only declare; without saying so, a bundle would hold them all. */
const ONLY_DECLARES = /node_modules\/@kubernetes\/client-node\/dist\//;
const RESOLVED = Symbol('resolved');

const unusedModels: Plugin = {
  name: 'without unused models',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /.*/ }, async ({ path, pluginData, ...from }) => {
      if (pluginData === RESOLVED || !ONLY_DECLARES.test(from.importer)) return undefined;
      const found = await resolve(path, { ...from, pluginData: RESOLVED });
      return ONLY_DECLARES.test(found.path) ? { ...found, sideEffects: false } : found;
    });
  },
};

export const LEAN: Plugin[] = [unusedModels, unused, builtins];
