import { pino, type Logger } from 'pino';
import type { SecretRegistry } from './secrets.ts';

export type { Logger } from 'pino';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** JSON lines on standard output; every line passes the registry's redaction as a whole. */
export function createLogger(options: {
  component: string;
  registry: SecretRegistry;
  level?: string;
  /** @default standard output */
  write?: (line: string) => void;
}): Logger {
  const {
    component,
    registry,
    level = 'info',
    write = (line: string) => void process.stdout.write(line),
  } = options;
  if (!LEVELS.includes(level))
    throw new TypeError(`log level ${JSON.stringify(level)} is not one of ${LEVELS.join(', ')}`);
  return pino(
    {
      level,
      base: { component },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: pino.stdSerializers.errWithCause },
    },
    { write: (line: string) => write(registry.redact(line)) },
  );
}
