import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateKeyPairSync } from 'node:crypto';
import { stringify } from 'yaml';
import type {
  CertificateAuthority,
  CertificateRequest,
  IssuedCertificate,
} from '../certificates/certificate-authority.ts';

export type CertificateFiles = { certFile: string; keyFile: string };

/** Issues a certificate into `<folder>/<name>.crt` and `.key`. Issued anew at each start: they are short-lived. */
export async function issueToFiles(
  ca: CertificateAuthority,
  folder: string,
  name: string,
  request: CertificateRequest,
): Promise<CertificateFiles> {
  const { certPem, keyPem } = await ca.issue(request);
  const files = { certFile: join(folder, `${name}.crt`), keyFile: join(folder, `${name}.key`) };
  writeFileSync(files.certFile, certPem);
  writePrivate(files.keyFile, keyPem);
  return files;
}

/** The key pair that signs service account tokens; kept, so that tokens outlive a restart. */
export function serviceAccountKeys(folder: string): { privateFile: string; publicFile: string } {
  const files = {
    privateFile: join(folder, 'service-accounts.key'),
    publicFile: join(folder, 'service-accounts.pub'),
  };
  if (existsSync(files.privateFile) && existsSync(files.publicFile)) return files;
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  writePrivate(files.privateFile, pair.privateKey);
  writeFileSync(files.publicFile, pair.publicKey);
  return files;
}

/** Writes a kubeconfig that only its owner can read. */
export function writeKubeconfig(path: string, server: string, caPem: string, user: IssuedCertificate): void {
  const name = 'tributary';
  writePrivate(
    path,
    stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(caPem) } }],
      users: [
        {
          name,
          user: { 'client-certificate-data': base64(user.certPem), 'client-key-data': base64(user.keyPem) },
        },
      ],
      contexts: [{ name, context: { cluster: name, user: name } }],
      'current-context': name,
    }),
  );
}

export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function writePrivate(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 });
  chmodSync(path, 0o600); // the mode above counts for new files only
}

export function privateFolder(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}

export function readPem({ certFile, keyFile }: CertificateFiles): IssuedCertificate {
  return { certPem: readFileSync(certFile, 'utf8'), keyPem: readFileSync(keyFile, 'utf8') };
}
