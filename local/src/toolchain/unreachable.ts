/** What package clients write when they do not get through: pip, Go, Maven, npm and curl in turn. */
const SIGNS =
  /Temporary failure in name resolution|Name or service not known|NewConnectionError|Failed to establish a new connection|dial tcp|no such host|Unknown host|UnknownHostException|Connection refused|Connect(?:ion)? timed out|Network is unreachable|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|Could not resolve host/i;

const REMEDY =
  'A package registry was not reached. Check the network; behind a proxy or with a mirror, set what the clients read ' +
  '(HTTPS_PROXY, PIP_INDEX_URL, GOPROXY, mirrors in ~/.m2/settings.xml). Then run this again: it goes on from what is ready.';

/** What to do where a command's output shows that the network is the trouble; else undefined. */
export function networkRemedy(output: string): string | undefined {
  return SIGNS.test(output) ? REMEDY : undefined;
}
