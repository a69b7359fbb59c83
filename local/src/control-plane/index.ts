import { join } from 'node:path';
import type { CertificateAuthority, IssuedCertificate } from '../certificates/certificate-authority.ts';
import { failureOf } from '../processes/failure-of.ts';
import { stablePorts } from '../processes/stable-ports.ts';
import { Supervisor } from '../processes/supervisor.ts';
import type { ManagedProcess } from '../processes/supervisor.ts';
import { waitUntil } from '../processes/wait-until.ts';
import type { Toolchain } from '../toolchain/index.ts';
import { serverEnvironment, startApiServer, toArgs } from './api-server.ts';
import type { ApiServer, Program } from './api-server.ts';
import { httpsStatus } from './https-status.ts';
import { issueToFiles, privateFolder, writeKubeconfig } from './identities.ts';

export type ControlPlaneOptions = {
  /** Everything the control plane knows is kept here; a later start with the same folder resumes. */
  workDir: string;
  toolchain: Pick<Toolchain, 'controlPlane'>;
  signal?: AbortSignal | undefined;
};

export type ControlPlane = {
  /** For kubectl, as cluster admin; readable by its owner only. */
  kubeconfigPath: string;
  /** https://127.0.0.1:port */
  server: string;
  caPem: string;
  /** Signs the certificates of nodes and users of this cluster. */
  ca: CertificateAuthority;
  /** The cluster admin's certificate. */
  admin: IssuedCertificate;
  /** Writes a kubeconfig for another identity, such as a node's. */
  writeKubeconfig(path: string, user: IssuedCertificate): void;
  /** Resolves if one of the servers ends by itself, with the end of its log. */
  failure: Promise<Error>;
  stop(): Promise<void>;
};

const loopback = '127.0.0.1';

/** etcd, kube-apiserver, kube-controller-manager and kube-scheduler on loopback. Resolves when pods can be created. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { toolchain, signal } = options;
  const workDir = privateFolder(options.workDir);
  const supervisor = new Supervisor(workDir);
  await supervisor.registry.killOrphans();
  const program = (name: string): Program => ({ command: toolchain.controlPlane, args: [name] });
  try {
    const programs = { etcd: program('etcd'), apiServer: program('kube-apiserver') };
    const apiServer = await startApiServer({ workDir, supervisor, programs, signal });
    const ports = await stablePorts(join(workDir, 'controller-ports.json'), [
      'controllerManager',
      'scheduler',
    ]);
    const context = { workDir, supervisor, apiServer, signal };
    const controllers = await Promise.all([
      startController(context, program('kube-controller-manager'), ports.controllerManager, {
        'service-account-private-key-file': apiServer.serviceAccountKeyFile,
        'root-ca-file': apiServer.caFile,
        'cluster-signing-cert-file': apiServer.caFile,
        'cluster-signing-key-file': apiServer.caKeyFile,
        'use-service-account-credentials': true,
      }),
      startController(context, program('kube-scheduler'), ports.scheduler, {}),
    ]);
    await waitForDefaultServiceAccount(apiServer, signal);
    return {
      kubeconfigPath: apiServer.kubeconfigPath,
      server: apiServer.server,
      caPem: apiServer.ca.certPem,
      ca: apiServer.ca,
      admin: apiServer.admin,
      writeKubeconfig: (path, user) => writeKubeconfig(path, apiServer.server, apiServer.ca.certPem, user),
      failure: failureOf([apiServer.etcd, apiServer.process, ...controllers]),
      stop: async () => await supervisor.stopAll(),
    };
  } catch (error) {
    await supervisor.stopAll();
    throw error;
  }
}

type ControllerContext = {
  workDir: string;
  supervisor: Supervisor;
  apiServer: ApiServer;
  signal: AbortSignal | undefined;
};

async function startController(
  { workDir, supervisor, apiServer, signal }: ControllerContext,
  program: Program,
  port: number,
  flags: Record<string, string | number | boolean>,
): Promise<ManagedProcess> {
  const name = program.args[0] ?? program.command;
  const pki = join(workDir, 'pki');
  const identity = await apiServer.ca.issue({ commonName: `system:${name}` });
  const serving = await issueToFiles(apiServer.ca, pki, name, { commonName: name, ipAddresses: [loopback] });
  const kubeconfig = join(pki, `${name}.kubeconfig`);
  writeKubeconfig(kubeconfig, apiServer.server, apiServer.ca.certPem, identity);
  const common = {
    kubeconfig,
    'authentication-kubeconfig': kubeconfig,
    'authorization-kubeconfig': kubeconfig,
    'bind-address': loopback,
    'secure-port': port,
    'tls-cert-file': serving.certFile,
    'tls-private-key-file': serving.keyFile,
    'client-ca-file': apiServer.caFile,
    // There is no aggregated API, hence no front-proxy authority to look up.
    'authentication-skip-lookup': true,
    'leader-elect': false,
  };
  return await supervisor.start(
    {
      name,
      command: program.command,
      args: [...program.args, ...toArgs({ ...common, ...flags })],
      env: serverEnvironment(workDir),
      logFile: join(workDir, 'logs', `${name}.log`),
      graceMs: 3000,
      ready: async () =>
        (await httpsStatus(`https://${loopback}:${port}/healthz`, apiServer.ca.certPem, apiServer.admin)) ===
        200,
    },
    signal,
  );
}

/** Until the controllers have made it, the API server refuses every pod. */
async function waitForDefaultServiceAccount(
  { server, ca, admin }: ApiServer,
  signal?: AbortSignal,
): Promise<void> {
  const url = `${server}/api/v1/namespaces/default/serviceaccounts/default`;
  await waitUntil(async () => (await httpsStatus(url, ca.certPem, admin)) === 200, {
    what: 'the default service account',
    timeoutMs: 30_000,
    signal,
  });
}
