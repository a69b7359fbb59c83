import { request } from 'node:https';
import type { IssuedCertificate } from '../certificates/certificate-authority.ts';

const timeoutMs = 2000;

/** The status that a server of ours answers a GET with. Rejects when it does not answer. */
export function httpsStatus(url: string, caPem: string, client: IssuedCertificate): Promise<number> {
  return new Promise((resolve, reject) => {
    const req = request(
      url,
      { ca: caPem, cert: client.certPem, key: client.keyPem, agent: false, timeout: timeoutMs },
      (response) => {
        response.resume();
        response.once('end', () => resolve(response.statusCode ?? 0));
        response.once('error', reject);
      },
    );
    req.once('timeout', () => req.destroy(new Error(`${url} did not answer within ${timeoutMs} ms`)));
    req.once('error', reject);
    req.end();
  });
}
