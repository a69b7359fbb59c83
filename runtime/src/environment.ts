import { readFile } from 'node:fs/promises';
import { POD_ENV } from '@tributary/api';
import type { z } from 'zod';

/** The pod's surroundings are wrong; nothing but a change of its Deployment or config helps. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'Config';
}

/** A variable that must be set. */
export function requireEnv(name: string, env: NodeJS.ProcessEnv = process.env): string {
  const value = env[name];
  if (value === undefined || value === '')
    throw new ConfigError(`environment variable ${name} is not set; docs/contracts.md says what it holds`);
  return value;
}

/** Where `/healthz` and the rest listen. */
export function listenAddress(env: NodeJS.ProcessEnv = process.env): { address: string; port: number } {
  const port = Number(env[POD_ENV.port] ?? '8080');
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new ConfigError(`${POD_ENV.port} must be a port number, not ${env[POD_ENV.port]}`);
  return { address: env[POD_ENV.bindAddress] ?? '0.0.0.0', port };
}

/** Reads and checks the pod's config file; an error names the field. */
export async function loadConfig<S extends z.ZodType>(
  schema: S,
  env: NodeJS.ProcessEnv = process.env,
): Promise<z.output<S>> {
  const path = requireEnv(POD_ENV.config, env);
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new ConfigError(
      `config ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    (issue) => `${issue.path.join('.') || 'config'}: ${issue.message}`,
  );
  throw new ConfigError(`config ${path} is not valid: ${problems.join('; ')}`);
}
