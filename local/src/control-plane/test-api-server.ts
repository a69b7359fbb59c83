import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CertificateAuthority } from '../certificates/certificate-authority.ts';
import { Supervisor } from '../processes/supervisor.ts';
import { sweepAbandoned, testFolderPrefix } from '../processes/abandoned.ts';
import { ensureToolchain } from '../toolchain/index.ts';
import { startApiServer } from './api-server.ts';
import type { ApiServerPrograms } from './api-server.ts';
import { base64 } from './identities.ts';

export type TestApiServer = {
  kubeconfigPath: string;
  /** https://127.0.0.1:port, the same after a restart. */
  server: string;
  /** Base64 of PEM, as in a kubeconfig; the user is a cluster admin. */
  caData: string;
  certData: string;
  keyData: string;
  /** For certificates of other users. */
  ca: CertificateAuthority;
  /** Stops the servers and removes all they knew. */
  stop(): Promise<void>;
  /** Ends both servers and starts them again at the same address with what they knew. */
  restart(): Promise<void>;
};

/**
 * A real etcd and kube-apiserver in a temporary folder, for tests: no controllers, so namespaces are never
 * emptied on deletion, nothing is garbage-collected, and pods need no service account. Programs in
 * `KUBEBUILDER_ASSETS` are used if that is set.
 */
export async function startTestApiServer(options: { signal?: AbortSignal } = {}): Promise<TestApiServer> {
  const { signal } = options;
  const programs = await findPrograms(signal);
  await sweepAbandoned();
  const workDir = mkdtempSync(join(tmpdir(), testFolderPrefix));
  const supervisor = new Supervisor(workDir);
  const start = async (): Promise<Awaited<ReturnType<typeof startApiServer>>> =>
    await startApiServer({
      workDir,
      supervisor,
      programs,
      signal,
      extraFlags: ['--disable-admission-plugins=ServiceAccount'],
    });
  const stop = async (): Promise<void> => {
    await supervisor.stopAll();
    await rm(workDir, { recursive: true, force: true });
  };
  try {
    const { server, kubeconfigPath, ca, admin } = await start();
    return {
      kubeconfigPath,
      server,
      ca,
      caData: base64(ca.certPem),
      certData: base64(admin.certPem),
      keyData: base64(admin.keyPem),
      stop,
      restart: async () => {
        await supervisor.stopAll();
        const again = await start();
        if (again.server !== server) throw new Error(`another program took the port of ${server} meanwhile`);
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function findPrograms(signal: AbortSignal | undefined): Promise<ApiServerPrograms> {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  if (assets) {
    return {
      etcd: { command: join(assets, 'etcd'), args: [] },
      apiServer: { command: join(assets, 'kube-apiserver'), args: [] },
    };
  }
  const { controlPlane } = await ensureToolchain(['control-plane'], { signal });
  return {
    etcd: { command: controlPlane, args: ['etcd'] },
    apiServer: { command: controlPlane, args: ['kube-apiserver'] },
  };
}
