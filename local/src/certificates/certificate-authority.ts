import 'reflect-metadata'; // @peculiar/x509 does not load without it
import * as x509 from '@peculiar/x509';
import { createPrivateKey } from 'node:crypto';
import type { webcrypto } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { hasCode } from '../processes/error-code.ts';

export type CertificateRequest = {
  commonName: string;
  /** Kubernetes reads these as groups. */
  organizations?: readonly string[];
  dnsNames?: readonly string[];
  ipAddresses?: readonly string[];
};

/** PEM texts; the key is PKCS#8 (which OpenSSL, Go and Java all read). */
export type IssuedCertificate = { certPem: string; keyPem: string };

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const day = 24 * 60 * 60 * 1000;

/** A certificate authority of our own, for the TLS of one local stack. */
export class CertificateAuthority {
  readonly certPem: string;
  readonly keyPem: string;
  readonly #certificate: x509.X509Certificate;
  readonly #key: webcrypto.CryptoKey;

  private constructor(certificate: x509.X509Certificate, key: webcrypto.CryptoKey, keyPem: string) {
    this.#certificate = certificate;
    this.#key = key;
    this.certPem = pem(certificate);
    this.keyPem = keyPem;
  }

  static async create(commonName: string): Promise<CertificateAuthority> {
    const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: [{ CN: [commonName] }],
      keys,
      signingAlgorithm: algorithm,
      ...validity(3650),
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return new CertificateAuthority(certificate, keys.privateKey, await exportKey(keys.privateKey));
  }

  static async fromPem(certPem: string, keyPem: string): Promise<CertificateAuthority> {
    const der = createPrivateKey(keyPem).export({ format: 'der', type: 'pkcs8' });
    const key = await crypto.subtle.importKey('pkcs8', new Uint8Array(der), algorithm, true, ['sign']);
    return new CertificateAuthority(new x509.X509Certificate(certPem), key, keyPem);
  }

  /** The authority kept in `<folder>/ca.crt` and `ca.key`; made there when it is not. */
  static async loadOrCreate(folder: string, commonName: string): Promise<CertificateAuthority> {
    const [certPath, keyPath] = [join(folder, 'ca.crt'), join(folder, 'ca.key')];
    const [certPem, keyPem] = [readIfThere(certPath), readIfThere(keyPath)];
    if (certPem !== undefined && keyPem !== undefined) return await this.fromPem(certPem, keyPem);
    const ca = await this.create(commonName);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(certPath, ca.certPem);
    writeFileSync(keyPath, ca.keyPem, { mode: 0o600 });
    return ca;
  }

  /** A certificate for one year that serves as server and as client. */
  async issue(request: CertificateRequest): Promise<IssuedCertificate> {
    const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const { organizations = [] } = request;
    const certificate = await x509.X509CertificateGenerator.create({
      subject: [...organizations.map((name) => ({ O: [name] })), { CN: [request.commonName] }],
      issuer: this.#certificate.subject,
      publicKey: keys.publicKey,
      signingKey: this.#key,
      signingAlgorithm: algorithm,
      ...validity(365),
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([
          x509.ExtendedKeyUsage.serverAuth,
          x509.ExtendedKeyUsage.clientAuth,
        ]),
        ...subjectAlternativeNames(request),
        await x509.AuthorityKeyIdentifierExtension.create(this.#certificate.publicKey),
      ],
    });
    return { certPem: pem(certificate), keyPem: await exportKey(keys.privateKey) };
  }
}

function subjectAlternativeNames({ dnsNames = [], ipAddresses = [] }: CertificateRequest): x509.Extension[] {
  for (const address of ipAddresses) {
    if (isIP(address) === 0) throw new TypeError(`${address} is not an IP address`);
  }
  const names: x509.JsonGeneralName[] = [
    ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ...ipAddresses.map((value) => ({ type: 'ip' as const, value })),
  ];
  return names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)];
}

function validity(days: number): { notBefore: Date; notAfter: Date } {
  // A day of tolerance for clocks that differ, as between a host and its containers.
  return { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + days * day) };
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem').trimEnd()}\n`;
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return (
    x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY').trimEnd() + '\n'
  );
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
