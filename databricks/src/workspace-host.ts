import { isIP } from 'node:net';

/** The origin of a workspace: https, or http on loopback when that was asked for. Throws a TypeError naming what is wrong. */
export function workspaceOrigin(host: string, allowInsecureLoopback: boolean): string {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(host) ? host : `https://${host}`;
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined;
  if (url === undefined) throw new TypeError('databricks host is not a URL');
  if (url.username !== '' || url.password !== '')
    throw new TypeError('databricks host must not carry credentials');
  if ((url.pathname !== '/' && url.pathname !== '') || url.search !== '' || url.hash !== '') {
    throw new TypeError('databricks host must be an origin, without a path or query');
  }
  if (url.protocol === 'https:') return url.origin;
  if (url.protocol !== 'http:') throw new TypeError(`databricks host must be https, not ${url.protocol}`);
  if (!isLoopback(url.hostname))
    throw new TypeError('databricks host over http is refused: credentials would travel in the clear');
  if (!allowInsecureLoopback) throw new TypeError('databricks host over http needs allowInsecureLoopback');
  return url.origin;
}

/** Only literal loopback addresses and `localhost`: a name that merely resolves there could change its mind. */
export function isLoopback(hostname: string): boolean {
  const bare = hostname.replace(/^\[|\]$/g, '');
  if (bare === 'localhost' || bare === '::1') return true;
  return isIP(bare) === 4 && bare.startsWith('127.');
}
