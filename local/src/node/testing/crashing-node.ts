/** A local node in a process of its own, for a test that kills it. Its argument is a JSON of what it needs. */
import { CertificateAuthority } from '../../certificates/certificate-authority.ts';
import { writeKubeconfig } from '../../control-plane/identities.ts';
import { startLocalNode } from '../local-node.ts';

const { server, caPem, caKeyPem, kubeconfigPath, workDir, name } = JSON.parse(
  process.argv[2] ?? '{}',
) as Record<string, string>;
if (
  server === undefined ||
  caPem === undefined ||
  caKeyPem === undefined ||
  kubeconfigPath === undefined ||
  workDir === undefined ||
  name === undefined
)
  throw new Error(
    'the argument must be a JSON object of server, caPem, caKeyPem, kubeconfigPath, workDir and name',
  );
const ca = await CertificateAuthority.fromPem(caPem, caKeyPem);
const node = await startLocalNode({
  controlPlane: {
    server,
    caPem,
    ca,
    kubeconfigPath,
    writeKubeconfig: (path, user) => writeKubeconfig(path, server, caPem, user),
  },
  workDir,
  name,
  images: { 'test/node': [process.execPath, '-e'] },
});
process.stdout.write(`${node.address}\n`);
