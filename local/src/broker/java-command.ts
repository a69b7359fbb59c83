import { join } from 'node:path';
import type { Toolchain } from '../toolchain/index.ts';

export type BrokerToolchain = Pick<Toolchain, 'java' | 'kafkaLibs'>;

/** The arguments that make Java run a class of Kafka's. */
export function kafkaArgs(toolchain: BrokerToolchain, workDir: string, mainClass: string): string[] {
  return [
    '-Xms64m',
    '-Xmx512m',
    '-XX:+UseSerialGC', // one small heap on few cores: less memory and fewer threads than G1
    '-XX:+ExitOnOutOfMemoryError',
    '-Djava.awt.headless=true',
    `-Dlog4j2.configurationFile=${join(workDir, 'log4j2.properties')}`,
    `-Djava.io.tmpdir=${join(workDir, 'tmp')}`,
    '-cp',
    join(toolchain.kafkaLibs, '*'),
    mainClass,
  ];
}

export const log4jProperties = `status=error
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d{ISO8601} %p %m (%c)%n
rootLogger.level=warn
rootLogger.appenderRef.console.ref=console
logger.server.name=kafka.server.KafkaRaftServer
logger.server.level=info
`;
