import { KubeApiError, requestServiceAccountToken, type KubeClient } from '../kube/index.ts';
import { ConnectionError } from './connection.ts';

/** Makes the token that a service account presents to Databricks. */
export type SubjectTokens = (namespace: string, serviceAccount: string) => Promise<string>;

/** The shortest that Kubernetes gives; it is exchanged at once. */
const SECONDS = 600;

/**
 * Tokens of the feed's own service account, never of the operator's: whoever may write the connection Secret chooses the
 * host that is sent the token, and must not gain more by it than their own namespace has. The audience is the chart's for
 * the same reason: a feed cannot ask for a token for the API server itself. The operator's right is wider than that: RBAC binds
 * `create` on tokens neither to an audience nor to feeds, so the chart gives it beyond listed namespaces only when told to.
 */
export function subjectTokens(client: KubeClient, audience: string | undefined): SubjectTokens {
  return async (namespace, serviceAccount) => {
    if (audience === undefined)
      throw new ConnectionError(
        "auth: federation needs databricks.federationAudience of the operator's chart",
      );
    const asked = { namespace, serviceAccount, audiences: [audience], expirationSeconds: SECONDS };
    try {
      return (await requestServiceAccountToken(client, asked)).token;
    } catch (error) {
      if (!(error instanceof KubeApiError)) throw error;
      if (error.isNotFound)
        throw new ConnectionError(`ServiceAccount ${serviceAccount} does not exist in ${namespace}`, {
          cause: error,
        });
      if (error.isForbidden)
        throw new ConnectionError(
          'the operator may not make tokens of service accounts; the chart grants it with databricks.federationAudience',
          { cause: error },
        );
      throw error;
    }
  };
}
