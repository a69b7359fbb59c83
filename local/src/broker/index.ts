import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CertificateAuthority } from '../certificates/certificate-authority.ts';
import type { CertificateRequest } from '../certificates/certificate-authority.ts';
import { stablePorts } from '../processes/stable-ports.ts';
import { exitError, Supervisor } from '../processes/supervisor.ts';
import type { ManagedProcess } from '../processes/supervisor.ts';
import { kafkaConfig, withAdmin } from './admin-client.ts';
import { kafkaArgs, log4jProperties } from './java-command.ts';
import type { BrokerToolchain } from './java-command.ts';
import { secretFile, writePrivate } from './secret-file.ts';
import { internalCommonName, serverProperties, toProperties } from './server-properties.ts';
import type { BrokerPorts } from './server-properties.ts';

export type BrokerUser = { username: string; password: string };

/** All that one needs to reach a broker as its admin, whoever runs it: also where a user brings their own. */
export type BrokerAccess = {
  /** host:port, by SASL_SSL with SCRAM-SHA-512 */
  bootstrapServers: string;
  /** The authority of the broker's certificate. */
  caPem: string;
  adminUser: BrokerUser;
};

export type Broker = BrokerAccess & {
  clusterId: string;
  /** Resolves if the broker ends by itself, with the end of its log. */
  failure: Promise<Error>;
  stop(): Promise<void>;
  /** Ends the broker in order and starts it again at the same address with what it knew. */
  restart(): Promise<void>;
  /** Ends the broker as a crash would; `restart` brings it back. */
  kill(): Promise<void>;
};

export type BrokerOptions = {
  /** Everything the broker knows is kept here; a later start with the same folder resumes. */
  workDir: string;
  toolchain: BrokerToolchain;
  signal?: AbortSignal | undefined;
  /** Signs the certificate that clients see. By default an authority kept in the work folder. */
  ca?: CertificateAuthority;
};

const adminName = 'admin';

/** One Kafka node on loopback with SCRAM users and ACLs, ready for clients when this resolves. */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { toolchain, signal } = options;
  const workDir = options.workDir;
  for (const folder of [workDir, join(workDir, 'pki'), join(workDir, 'tmp')]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
  const supervisor = new Supervisor(workDir);
  await supervisor.registry.killOrphans();
  const ports = await stablePorts(join(workDir, 'ports.json'), ['clients', 'internal', 'controller']);
  const ca =
    options.ca ?? (await CertificateAuthority.loadOrCreate(join(workDir, 'pki'), 'tributary-kafka-ca'));
  const password = secretFile(join(workDir, 'admin-password'), () => randomBytes(24).toString('base64url'));
  const access: BrokerAccess = {
    bootstrapServers: `127.0.0.1:${ports.clients}`,
    caPem: ca.certPem,
    adminUser: { username: adminName, password },
  };
  const run = new BrokerRun({ workDir, toolchain, supervisor, access });
  await run.configure(ca, ports);
  await run.start(signal);
  return {
    ...access,
    clusterId: run.clusterId,
    failure: run.failure,
    stop: async () => await run.stop(),
    restart: async () => {
      await run.stop();
      await run.start();
    },
    kill: async () => await run.kill(),
  };
}

type RunContext = {
  workDir: string;
  toolchain: BrokerToolchain;
  supervisor: Supervisor;
  access: BrokerAccess;
};

/** As Kafka makes them: an id that begins with a hyphen would be taken for an option by its tools. */
export function newClusterId(random: (size: number) => Buffer = randomBytes): string {
  for (;;) {
    const id = random(16).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}

class BrokerRun {
  readonly clusterId: string;
  readonly failure: Promise<Error>;
  readonly #context: RunContext;
  readonly #properties: string;
  #process: ManagedProcess | undefined;
  #fail: (error: Error) => void = () => undefined;

  constructor(context: RunContext) {
    this.#context = context;
    this.#properties = join(context.workDir, 'server.properties');
    this.clusterId = secretFile(join(context.workDir, 'cluster-id'), newClusterId);
    this.failure = new Promise((resolve) => (this.#fail = resolve));
  }

  async configure(ca: CertificateAuthority, ports: BrokerPorts): Promise<void> {
    const { workDir } = this.#context;
    const pki = join(workDir, 'pki');
    const internalCa = await CertificateAuthority.loadOrCreate(
      join(pki, 'internal'),
      'tributary-kafka-internal-ca',
    );
    const names = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };
    const clientsKeyStore = join(pki, 'clients.pem');
    const internalKeyStore = join(pki, 'internal.pem');
    await writeKeyStore(clientsKeyStore, ca, { commonName: 'tributary-kafka-broker', ...names });
    await writeKeyStore(internalKeyStore, internalCa, { commonName: internalCommonName, ...names });
    const settings = serverProperties({
      ports,
      logDir: join(workDir, 'data'),
      clientsKeyStore,
      internalKeyStore,
      internalTrustStore: join(pki, 'internal', 'ca.crt'),
      adminUser: adminName,
    });
    writePrivate(this.#properties, toProperties(settings));
    writeFileSync(join(workDir, 'log4j2.properties'), log4jProperties);
  }

  async start(signal?: AbortSignal): Promise<void> {
    if (!this.#isFormatted()) await this.#format(signal);
    const { workDir, toolchain, supervisor, access } = this.#context;
    const config = kafkaConfig(access.bootstrapServers, access.caPem, access.adminUser);
    const process = await supervisor.start(
      {
        name: 'kafka',
        command: toolchain.java,
        args: [...kafkaArgs(toolchain, workDir, 'kafka.Kafka'), this.#properties],
        env: { PATH: '/usr/bin:/bin', HOME: workDir },
        cwd: workDir,
        logFile: join(workDir, 'logs', 'kafka.log'),
        graceMs: 5000, // a broker that stops right after its start may hang on its own controller
        ready: async () => (await withAdmin(config, (admin) => admin.describeCluster())).brokers.length > 0,
      },
      signal,
    );
    this.#process = process;
    void process.exited.then(async () =>
      process.stopping ? undefined : this.#fail(await exitError(process)),
    );
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
  }

  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  #isFormatted(): boolean {
    try {
      return readFileSync(join(this.#context.workDir, 'data', 'meta.properties'), 'utf8').includes(
        this.clusterId,
      );
    } catch {
      return false; // the folder is new
    }
  }

  /** Gives the log folder its identity, and the cluster its first user. */
  async #format(signal?: AbortSignal): Promise<void> {
    const { workDir, toolchain, supervisor, access } = this.#context;
    // By file: other users of the machine can read a process' arguments.
    const argumentFile = join(workDir, 'format-arguments');
    const { username, password } = access.adminUser;
    const scram = `SCRAM-SHA-512=[name=${username},password=${password}]`;
    const args = [
      'format',
      '--cluster-id',
      this.clusterId,
      '--config',
      this.#properties,
      '--ignore-formatted',
    ];
    writePrivate(argumentFile, [...args, '--add-scram', scram].join('\n'));
    const format = await supervisor.start(
      {
        name: 'kafka-storage',
        command: toolchain.java,
        args: [...kafkaArgs(toolchain, workDir, 'kafka.tools.StorageTool'), `@${argumentFile}`],
        env: { PATH: '/usr/bin:/bin', HOME: workDir },
        cwd: workDir,
        logFile: join(workDir, 'logs', 'kafka-storage.log'),
      },
      signal,
    );
    const onAbort = (): void => void format.kill();
    signal?.addEventListener('abort', onAbort);
    const exit = await format.exited;
    signal?.removeEventListener('abort', onAbort);
    signal?.throwIfAborted();
    if (exit.code !== 0) throw await exitError(format);
    // Both hold what the password can be checked against.
    for (const path of [argumentFile, format.spec.logFile]) rmSync(path, { force: true });
  }
}

async function writeKeyStore(
  path: string,
  ca: CertificateAuthority,
  request: CertificateRequest,
): Promise<void> {
  const { certPem, keyPem } = await ca.issue(request);
  writePrivate(path, keyPem + certPem);
}
