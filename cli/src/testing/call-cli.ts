import picocolors from 'picocolors';
import { runCli } from '../run-cli.ts';

/** What a user sees of one call of `tributary`, without colours. */
export async function callCli(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const terminal = {
    out: (text: string) => void out.push(text),
    err: (text: string) => void err.push(text),
    colours: picocolors.createColors(false),
  };
  const code = await runCli(['node', 'tributary', ...args], terminal, new AbortController().signal);
  return { code, out: out.join('\n'), err: err.join('\n') };
}
