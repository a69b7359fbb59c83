import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { freePorts } from './free-port.ts';

/** A port for each name: the ones kept in `file` by an earlier run where they are still free, else new ones. */
export async function stablePorts<N extends string>(
  file: string,
  names: readonly N[],
): Promise<Record<N, number>> {
  const known = read(file);
  const fresh = await freePorts(names.length);
  const ports: Record<string, number> = {};
  for (const [index, name] of names.entries()) {
    const before = known[name];
    const port = before !== undefined && (await isFree(before)) ? before : fresh[index];
    if (port === undefined) throw new Error(`no port for ${name}`);
    ports[name] = port;
  }
  writeFileSync(file, JSON.stringify(ports));
  return ports as Record<N, number>;
}

function read(file: string): Partial<Record<string, number>> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {}; // the first run here, or one that was killed while it wrote
  }
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, number] => Number.isInteger(entry[1])),
  );
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const free = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
  await new Promise((resolve) => server.close(resolve));
  return free;
}
