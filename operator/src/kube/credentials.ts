/** Who we are and where the API server is, read by @kubernetes/client-node's KubeConfig: the only place that uses it. */
import type { RequestOptions } from 'node:https';
// The deep import spares a bundle everything but the configuration; unbundled it costs the same as the whole package.
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';

export interface TlsMaterial {
  ca?: string | Buffer;
  cert?: string | Buffer;
  key?: string | Buffer;
  servername?: string;
  /** False only where the kubeconfig says `insecure-skip-tls-verify`. */
  rejectUnauthorized?: boolean;
}

export interface Credentials {
  /** Base URL of the API server, perhaps with a path. */
  server: string;
  tls: TlsMaterial;
  /** Authorization and impersonation. */
  headers: Record<string, string>;
  proxyUrl?: string;
}

export interface CredentialSource {
  /** `fresh` forgets what was cached: asked for after a 401. */
  load(fresh: boolean): Promise<Credentials>;
}

export interface KubeConfigOptions {
  /** @default $KUBECONFIG, ~/.kube/config, or the service account of the pod, in this order. */
  kubeconfigPath?: string;
  /** @default the current context */
  context?: string;
}

/**
 * Reads the configuration anew at every `load`, so that a kubeconfig or a token that is rewritten is followed;
 * as long as the text is the same, the old KubeConfig stays, with what its exec plugins answered.
 */
export function kubeConfigCredentials(options: KubeConfigOptions = {}): CredentialSource {
  let current: { config: KubeConfig; text: string } | undefined;
  return {
    async load(fresh) {
      const config = readKubeConfig(options);
      const text = config.exportConfig();
      if (fresh || current?.text !== text) current = { config, text };
      return credentialsOf(current.config);
    },
  };
}

/** The namespace of the current context: the operator's own when it runs in a pod. */
export function currentNamespace(options: KubeConfigOptions = {}): string | undefined {
  const config = readKubeConfig(options);
  const namespace = config.getContextObject(config.getCurrentContext())?.namespace?.trim();
  return namespace === '' ? undefined : namespace;
}

function readKubeConfig({ kubeconfigPath, context }: KubeConfigOptions): KubeConfig {
  const config = new KubeConfig();
  if (kubeconfigPath === undefined) config.loadFromDefault();
  else config.loadFromFile(kubeconfigPath);
  if (context !== undefined) config.setCurrentContext(context);
  return config;
}

async function credentialsOf(config: KubeConfig): Promise<Credentials> {
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new Error(
      'the kubeconfig names no cluster for its current context: set one by `kubectl config use-context`',
    );
  }
  // It also builds an https.Agent (cached, without connections) that nobody uses.
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    // A token file ends with a newline where somebody wrote it by hand; no header may.
    if (value !== undefined) headers[name.toLowerCase()] = String(value).trim();
  }
  if (typeof options.auth === 'string')
    headers['authorization'] ??= `Basic ${Buffer.from(options.auth).toString('base64')}`;
  const tls: TlsMaterial = {};
  if (options.ca != null) tls.ca = bytes(options.ca);
  if (options.cert != null) tls.cert = bytes(options.cert);
  if (options.key != null) tls.key = bytes(options.key);
  if (options.servername !== undefined) tls.servername = options.servername;
  if (options.rejectUnauthorized !== undefined) tls.rejectUnauthorized = options.rejectUnauthorized;
  return {
    server: cluster.server,
    tls,
    headers,
    ...(cluster.proxyUrl === undefined ? {} : { proxyUrl: cluster.proxyUrl }),
  };
}

/** client-node gives one string or buffer; the wider type is Node's. */
function bytes(value: unknown): string | Buffer {
  if (typeof value === 'string' || Buffer.isBuffer(value)) return value;
  throw new TypeError('TLS material must be one string or buffer');
}
