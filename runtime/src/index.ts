export { Counter, Gauge, Histogram, Registry } from '@prometheus-io/client';
export { systemClock, type Clock } from './clock.ts';
export { ConfigError, listenAddress, loadConfig, requireEnv } from './environment.ts';
export { createLogger, type Logger } from './logger.ts';
export { startPodServer, type PodServer, type PodServerOptions } from './pod-server.ts';
export { collectDefaultMetrics } from './process-metrics.ts';
export { runMain, type MainContext } from './run-main.ts';
export { REDACTED, SecretFolder, SecretMissingError, SecretRegistry } from './secrets.ts';
export { Watchdog } from './watchdog.ts';
