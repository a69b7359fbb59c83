import { join } from 'node:path';
import { CertificateAuthority } from '../certificates/certificate-authority.ts';
import type { IssuedCertificate } from '../certificates/certificate-authority.ts';
import { stablePorts } from '../processes/stable-ports.ts';
import type { ManagedProcess, Supervisor } from '../processes/supervisor.ts';
import { httpsStatus } from './https-status.ts';
import { issueToFiles, privateFolder, readPem, serviceAccountKeys, writeKubeconfig } from './identities.ts';
import type { CertificateFiles } from './identities.ts';

/** How a server is started: the program and the arguments that come before its flags. */
export type Program = { command: string; args: readonly string[] };
export type ApiServerPrograms = { etcd: Program; apiServer: Program };

export type ApiServer = {
  server: string;
  ca: CertificateAuthority;
  caFile: string;
  caKeyFile: string;
  /** A member of system:masters. */
  admin: IssuedCertificate;
  kubeconfigPath: string;
  serviceAccountKeyFile: string;
  etcd: ManagedProcess;
  process: ManagedProcess;
};

export type ApiServerOptions = {
  workDir: string;
  supervisor: Supervisor;
  programs: ApiServerPrograms;
  signal?: AbortSignal | undefined;
  /** Flags beside ours. */
  extraFlags?: readonly string[];
};

const loopback = '127.0.0.1';
const serviceRange = '10.96.0.0/16';
const firstServiceAddress = '10.96.0.1';

/** etcd and kube-apiserver on loopback; what they know is kept in the work folder. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { workDir, supervisor, programs, signal } = options;
  const pki = privateFolder(join(workDir, 'pki'));
  const ports = await stablePorts(join(workDir, 'ports.json'), ['etcd', 'etcdPeer', 'apiServer']);
  const etcd = await startEtcd(options, pki, ports);
  const ca = await CertificateAuthority.loadOrCreate(pki, 'tributary-local');
  const caFile = join(pki, 'ca.crt');
  const [serving, kubeletClient, adminFiles] = await Promise.all([
    issueToFiles(ca, pki, 'api-server', {
      commonName: 'kube-apiserver',
      dnsNames: ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'],
      ipAddresses: [loopback, firstServiceAddress],
    }),
    issueToFiles(ca, pki, 'api-server-kubelet-client', {
      commonName: 'kube-apiserver-kubelet-client',
      organizations: ['tributary:kubelet-clients'],
    }),
    issueToFiles(ca, pki, 'admin', { commonName: 'tributary-admin', organizations: ['system:masters'] }),
  ]);
  const serviceAccounts = serviceAccountKeys(pki);
  const admin = readPem(adminFiles);
  const server = `https://${loopback}:${ports.apiServer}`;
  const kubeconfigPath = join(workDir, 'kubeconfig');
  writeKubeconfig(kubeconfigPath, server, ca.certPem, admin);
  const flags = {
    ...etcdClientFlags(pki, ports.etcd, etcd.client),
    'bind-address': loopback,
    'advertise-address': loopback,
    // EndpointSlices refuse loopback addresses, so the Service "kubernetes" stays without endpoints.
    'endpoint-reconciler-type': 'none',
    'secure-port': ports.apiServer,
    'tls-cert-file': serving.certFile,
    'tls-private-key-file': serving.keyFile,
    'client-ca-file': caFile,
    'anonymous-auth': false,
    'authorization-mode': 'Node,RBAC',
    'enable-admission-plugins': 'NodeRestriction',
    'allow-privileged': false,
    'service-cluster-ip-range': serviceRange,
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-key-file': serviceAccounts.publicFile,
    'service-account-signing-key-file': serviceAccounts.privateFile,
    // By name, the API server would look nodes up in DNS for logs and exec.
    'kubelet-preferred-address-types': 'InternalIP',
    'kubelet-certificate-authority': caFile,
    'kubelet-client-certificate': kubeletClient.certFile,
    'kubelet-client-key': kubeletClient.keyFile,
  };
  try {
    const process = await supervisor.start(
      {
        name: 'kube-apiserver',
        command: programs.apiServer.command,
        args: [...programs.apiServer.args, ...toArgs(flags), ...(options.extraFlags ?? [])],
        env: serverEnvironment(workDir),
        logFile: join(workDir, 'logs', 'kube-apiserver.log'),
        graceMs: 3000, // it would wait for open watches, up to a minute
        ready: async () => (await httpsStatus(`${server}/readyz`, ca.certPem, admin)) === 200,
      },
      signal,
    );
    const serviceAccountKeyFile = serviceAccounts.privateFile;
    const caKeyFile = join(pki, 'ca.key');
    return {
      server,
      ca,
      caFile,
      caKeyFile,
      admin,
      kubeconfigPath,
      serviceAccountKeyFile,
      etcd: etcd.process,
      process,
    };
  } catch (error) {
    await etcd.process.stop();
    throw error;
  }
}

type Ports = { etcd: number; etcdPeer: number };

/** etcd trusts an authority of its own: a certificate of the cluster opens nothing here. */
async function startEtcd(
  { workDir, supervisor, programs, signal }: ApiServerOptions,
  pki: string,
  ports: Ports,
): Promise<{ process: ManagedProcess; client: CertificateFiles }> {
  const folder = join(pki, 'etcd');
  const ca = await CertificateAuthority.loadOrCreate(folder, 'tributary-etcd');
  const serving = await issueToFiles(ca, folder, 'server', { commonName: 'etcd', ipAddresses: [loopback] });
  const client = await issueToFiles(ca, folder, 'client', { commonName: 'kube-apiserver' });
  const clientUrl = `https://${loopback}:${ports.etcd}`;
  const peerUrl = `https://${loopback}:${ports.etcdPeer}`;
  const caFile = join(folder, 'ca.crt');
  const flags = {
    name: 'local',
    'data-dir': privateFolder(join(workDir, 'etcd')),
    'listen-client-urls': clientUrl,
    'advertise-client-urls': clientUrl,
    'listen-peer-urls': peerUrl,
    'initial-advertise-peer-urls': peerUrl,
    'initial-cluster': `local=${peerUrl}`,
    'cert-file': serving.certFile,
    'key-file': serving.keyFile,
    'trusted-ca-file': caFile,
    'client-cert-auth': true,
    'peer-cert-file': serving.certFile,
    'peer-key-file': serving.keyFile,
    'peer-trusted-ca-file': caFile,
    'peer-client-cert-auth': true,
    // Survives any crash of a process, not one of the machine: enough here, and much quicker on slow disks.
    'unsafe-no-fsync': true,
    'log-level': 'warn',
  };
  const clientPem = readPem(client);
  const process = await supervisor.start(
    {
      name: 'etcd',
      command: programs.etcd.command,
      args: [...programs.etcd.args, ...toArgs(flags)],
      env: serverEnvironment(workDir),
      logFile: join(workDir, 'logs', 'etcd.log'),
      graceMs: 5000,
      ready: async () => (await httpsStatus(`${clientUrl}/health`, ca.certPem, clientPem)) === 200,
    },
    signal,
  );
  return { process, client };
}

function etcdClientFlags(pki: string, port: number, client: CertificateFiles): Record<string, string> {
  return {
    'etcd-servers': `https://${loopback}:${port}`,
    'etcd-cafile': join(pki, 'etcd', 'ca.crt'),
    'etcd-certfile': client.certFile,
    'etcd-keyfile': client.keyFile,
  };
}

export function toArgs(flags: Record<string, string | number | boolean>): string[] {
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
}

/** Servers get no more of our environment than they need; proxies in particular are for the outside. */
export function serverEnvironment(workDir: string): NodeJS.ProcessEnv {
  return { HOME: workDir, PATH: '/usr/bin:/bin' };
}
