import { createLogger, type Logger } from './logger.ts';
import { SecretRegistry } from './secrets.ts';
import { POD_ENV } from '@tributary/api';

export interface MainContext {
  /** Aborted by SIGTERM or SIGINT: finish what must be finished and return. */
  signal: AbortSignal;
  logger: Logger;
  secrets: SecretRegistry;
}

/** After a signal to stop: less than a pod's grace of 30 s, so that our own last word is logged. */
const STOP_WITHIN_MS = 25_000;

/**
 * Runs a pod's main function: 0 when it returns, 1 when it throws, and out by force when a stop takes too long. A second
 * signal ends the process at once.
 */
export async function runMain(
  component: string,
  main: (context: MainContext) => Promise<void>,
): Promise<void> {
  const secrets = new SecretRegistry();
  const level = process.env[POD_ENV.logLevel];
  const logger = createLogger({
    component,
    registry: secrets,
    ...(level === undefined || level === '' ? {} : { level }),
  });
  const abort = new AbortController();
  const stop = (name: NodeJS.Signals): void => {
    if (abort.signal.aborted) process.exit(1);
    logger.info({ signal: name }, 'stopping');
    abort.abort(new Error(`received ${name}`));
    setTimeout(() => {
      logger.error({ afterMs: STOP_WITHIN_MS }, 'did not stop in time, leaving');
      process.exit(1);
    }, STOP_WITHIN_MS).unref();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('unhandledRejection', (error) => {
    logger.fatal({ err: error }, 'unhandled rejection');
    process.exit(1);
  });
  try {
    await main({ signal: abort.signal, logger, secrets });
    logger.info('stopped');
    process.exit(0);
  } catch (error) {
    if (abort.signal.aborted && error === abort.signal.reason) {
      logger.info('stopped');
      process.exit(0);
    }
    logger.fatal({ err: error }, 'failed');
    process.exit(1);
  }
}
