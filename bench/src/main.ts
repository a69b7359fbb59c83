/** `npm run bench -- <name>`: side by side with a peer, on this machine, in one run; `idle` has none. */
const BENCHES: Readonly<Record<string, () => Promise<{ run: (signal: AbortSignal) => Promise<void> }>>> = {
  extract: () => import('./extract/extract.ts'),
  idle: () => import('./idle/idle.ts'),
  land: () => import('./land/land.ts'),
  operator: () => import('./operator/operator.ts'),
  produce: () => import('./produce/produce.ts'),
};

const [name = ''] = process.argv.slice(2);
const load = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
if (load === undefined) {
  console.error(`Usage: npm run bench -- ${Object.keys(BENCHES).join(' | ')}`);
  process.exitCode = 2;
} else {
  const abort = new AbortController();
  process.once('SIGINT', () => abort.abort(new Error('interrupted')));
  const { run } = await load();
  await run(abort.signal);
}
