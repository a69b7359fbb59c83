import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { consumerStatus, POD_ENV, type ConsumerStatus } from '@tributary/api';

export interface ConsumerSurroundings {
  readonly configPath: string;
  readonly dataDir: string;
  readonly kafkaDir: string;
  readonly databricksDir?: string;
}

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const LISTENS_WITHIN_MS = 30_000;

/** A consumer as a pod runs it: its own process, told everything by its environment. */
export class ConsumerProcess {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  #listens = false;
  /** Its exit code or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly #port: Promise<number>;

  constructor(surroundings: ConsumerSurroundings) {
    const { configPath, dataDir, kafkaDir, databricksDir } = surroundings;
    this.#child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        PATH: process.env['PATH'],
        [POD_ENV.config]: configPath,
        [POD_ENV.dataDir]: dataDir,
        [POD_ENV.kafkaDir]: kafkaDir,
        [POD_ENV.bindAddress]: '127.0.0.1',
        [POD_ENV.port]: '0',
        ...(databricksDir === undefined ? {} : { [POD_ENV.databricksDir]: databricksDir }),
      },
    });
    this.ended = once(this.#child, 'exit').then(([code, signal]) => code ?? signal);
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#port = promise;
    this.#port.catch(() => undefined); // reported to whoever asks for the status
    const late = setTimeout(() => reject(new Error(`no port: ${this.lines.join('\n')}`)), LISTENS_WITHIN_MS);
    if (this.#child.stdout === null) throw new Error('the consumer has no output');
    createInterface(this.#child.stdout).on('line', (line) => {
      this.lines.push(line);
      const said: unknown = JSON.parse(line);
      if (typeof said !== 'object' || said === null || !('port' in said)) return;
      clearTimeout(late);
      this.#listens = true;
      resolve(Number(said.port));
    });
    void this.ended.then(() => {
      clearTimeout(late);
      reject(new Error(`the consumer ended: ${this.lines.join('\n')}`));
    });
  }

  /** Whether it has come so far that it answers. */
  get listens(): boolean {
    return this.#listens;
  }

  async get(path: string): Promise<Response> {
    return fetch(`http://127.0.0.1:${await this.#port}${path}`, { signal: AbortSignal.timeout(5_000) });
  }

  async status(): Promise<ConsumerStatus> {
    return consumerStatus.parse(await (await this.get('/status')).json());
  }

  /** As Kubernetes stops it; resolves to the exit code. */
  async stop(): Promise<number | NodeJS.Signals> {
    this.#child.kill('SIGTERM');
    return this.ended;
  }

  /** As a node that stands still: it knows nothing of what happens meanwhile, until it goes on. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  /** As a crash ends it; resolves to what did end it, which may have been before. */
  async kill(): Promise<number | NodeJS.Signals> {
    this.#child.kill('SIGKILL');
    return this.ended;
  }
}
