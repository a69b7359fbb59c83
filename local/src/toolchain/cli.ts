import { messageOf } from '../processes/error-code.ts';
import { cacheRoot, ensureToolchain, partNames, renderProgress } from './index.ts';
import type { PartName } from './index.ts';

// Builds the parts named as arguments, or all of them: for CI, before anything that is timed.

function isPartName(text: string): text is PartName {
  return (partNames as readonly string[]).includes(text);
}

const asked = process.argv.slice(2);
const unknown = asked.filter((part) => !isPartName(part));
if (unknown.length > 0) {
  process.stderr.write(`unknown part ${unknown.join(', ')}; there are: ${partNames.join(', ')}\n`);
  process.exit(2);
}

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
}
const progress = renderProgress();
try {
  const parts = asked.length === 0 ? partNames : asked.filter(isPartName);
  const paths = await ensureToolchain(parts, { progress, signal: stop.signal });
  for (const [name, path] of Object.entries(paths)) process.stdout.write(`${name} ${path}\n`);
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.stderr.write(`What is ready stays in ${cacheRoot()}; running this again goes on from there.\n`);
  process.exitCode = 1;
} finally {
  progress.close();
}
