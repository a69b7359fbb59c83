/** Where this part says what happened. A pino logger fits as it is. */
export interface KubeLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const nothing = () => undefined;

export const silentLog: KubeLog = { debug: nothing, info: nothing, warn: nothing, error: nothing };
