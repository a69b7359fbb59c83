import { DatabricksError, DatabricksUserError, DatabricksWaitError } from '@tributary/databricks';
import type { Health } from '@tributary/api';
import { SecretMissingError } from '@tributary/runtime';
import { ConsumerError } from '../errors.ts';
import { hasCode } from '../files/durable.ts';

/** Reasons of the volume's health; docs list them. */
export type VolumeReason =
  | 'Reachable'
  | 'NotTriedYet'
  | 'AuthFailed'
  | 'PermissionDenied'
  | 'VolumeMissing'
  | 'RateLimited'
  | 'Unreachable'
  | 'RequestRefused'
  | 'DiskFull'
  | 'ContentDisagrees'
  | 'Superseded'
  | 'FileMalformed';

export function healthy(message: string): Health {
  return { healthy: true, reason: 'Reachable' satisfies VolumeReason, message };
}

/** What failed, and what to do about it where a person must. */
export function healthOf(error: unknown): Health {
  const { reason, message } = diagnose(error);
  return { healthy: false, reason, message };
}

function diagnose(error: unknown): { reason: VolumeReason; message: string } {
  if (error instanceof ConsumerError) {
    const { code, message } = error;
    return { reason: code === 'ContentDisagrees' || code === 'Superseded' ? code : 'FileMalformed', message };
  }
  if (error instanceof DatabricksUserError) {
    return { reason: userReason(error), message: `${error.message}: ${error.action}` };
  }
  if (error instanceof DatabricksWaitError) return { reason: 'RateLimited', message: error.message };
  if (error instanceof DatabricksError) return { reason: 'Unreachable', message: error.message };
  if (error instanceof SecretMissingError) return { reason: 'AuthFailed', message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  if (hasCode(error, 'ENOSPC', 'EDQUOT')) return { reason: 'DiskFull', message };
  return { reason: 'Unreachable', message };
}

function userReason({ status, errorCode, action, request }: DatabricksUserError): VolumeReason {
  // A login is refused with 400 too, and with whatever code the provider has for it.
  const isLogin = request?.endsWith('/oidc/v1/token') === true;
  if (status === 401 || isLogin || errorCode === 'CREDENTIAL_EMPTY') return 'AuthFailed';
  if (status === 403) return 'PermissionDenied';
  if (status === 404 || /^create the (volume|schema|catalog)/.test(action)) return 'VolumeMissing';
  return 'RequestRefused';
}
