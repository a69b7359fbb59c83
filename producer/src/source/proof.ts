import type { SecretFolder } from '@tributary/runtime';
import type { ClientTls } from '../fetch/client-agents.ts';

/** What of a request proves who we are. */
export interface Proof {
  query: [string, string][];
  headers: [string, string][];
  tls?: ClientTls;
}

export function bearer(token: string): Proof {
  return { query: [], headers: [['authorization', `Bearer ${token}`]] };
}

export function basic(username: string, password: string, secrets: SecretFolder): Proof {
  const encoded = Buffer.from(`${username}:${password}`).toString('base64');
  secrets.remember(encoded);
  return { query: [], headers: [['authorization', `Basic ${encoded}`]] };
}
