import {
  DatabricksConflictError,
  DatabricksNotFoundError,
  DatabricksTransientError,
  DatabricksUserError,
  DatabricksWaitError,
  type DatabricksError,
  type DatabricksErrorDetails,
} from './errors.ts';

const MAX_MESSAGE_CHARS = 1_000;
const DEFAULT_WAIT_MS = 60_000;

export interface FailedAnswer {
  readonly status: number;
  readonly body: Buffer;
  readonly contentType: string;
  readonly retryAfterMs: number | undefined;
  readonly method: string;
  readonly path: string;
}

/** Databricks answers errors as JSON, plain text, HTML or nothing at all; all become one error that says what to do. */
export function errorOfAnswer(answer: FailedAnswer, redact: (text: string) => string): DatabricksError {
  const { code, message } = parseBody(answer);
  const errorCode = redact(code ?? `HTTP_${answer.status}`);
  const text = redact(
    message || `${answer.method} was answered with HTTP ${answer.status} and no explanation`,
  );
  const details: DatabricksErrorDetails = {
    status: answer.status,
    errorCode,
    message: `${text.slice(0, MAX_MESSAGE_CHARS)} (${errorCode})`,
    request: `${answer.method} ${redact(answer.path)}`,
  };
  return classify(details, answer);
}

function classify(details: DatabricksErrorDetails, answer: FailedAnswer): DatabricksError {
  const { status, errorCode } = details;
  if (status === 429) return new DatabricksWaitError(details, answer.retryAfterMs ?? DEFAULT_WAIT_MS);
  if (status >= 500 || status === 408)
    return answer.retryAfterMs === undefined
      ? new DatabricksTransientError(details)
      : new DatabricksWaitError(details, answer.retryAfterMs);
  if (status === 401)
    return new DatabricksUserError(
      details,
      'check the token, or the client id and secret, of the connection',
    );
  if (status === 403) return new DatabricksUserError(details, grantAction(answer.path));
  // "overwrite=true still answering RESOURCE_ALREADY_EXISTS" comes as a 400, as do SCHEMA_ and VOLUME_ALREADY_EXISTS.
  if (status === 409 || errorCode.endsWith('ALREADY_EXISTS')) {
    return new DatabricksConflictError(details);
  }
  if (status === 404 || isMissingIn400(details)) {
    const container = missingContainer(details, answer.path);
    return container === undefined
      ? new DatabricksNotFoundError(details)
      : new DatabricksUserError(details, `create ${container}, or correct its name in the feed`);
  }
  if (status >= 300 && status < 400) {
    return new DatabricksUserError(details, 'check the host: a workspace does not redirect its API');
  }
  return new DatabricksUserError(
    details,
    'correct what the message names: the same request will be refused again',
  );
}

/** Jobs 2.x answer a missing job with 400 INVALID_PARAMETER_VALUE "… does not exist". */
function isMissingIn400({ status, errorCode, message }: DatabricksErrorDetails): boolean {
  if (status !== 400) return false;
  if (errorCode === 'RESOURCE_DOES_NOT_EXIST') return true;
  return errorCode === 'INVALID_PARAMETER_VALUE' && /does not exist/i.test(message);
}

function grantAction(path: string): string {
  const volume = volumeOf(path);
  if (volume !== undefined) {
    return `grant READ VOLUME and WRITE VOLUME on ${volume}, and USE CATALOG and USE SCHEMA on its parents, to the connection's principal`;
  }
  return "grant the connection's principal the permission that the message names";
}

/** A missing volume, schema or catalog is for a person to make; a missing file or folder is not. */
function missingContainer({ errorCode, message }: DatabricksErrorDetails, path: string): string | undefined {
  const named = /^(VOLUME|SCHEMA|CATALOG)_(DOES_NOT_EXIST|NOT_FOUND)$/.exec(errorCode);
  // Its name must follow at once: paths hold these words too (`…/schema-1.json does not exist`).
  const said =
    /(?<![\w/-])(volume|schema|catalog)\s+['"`]?[\w.-]+['"`]?\s+(?:does not exist|(?:is |was )?not found)/i.exec(
      message,
    );
  const what = (named?.[1] ?? said?.[1])?.toLowerCase();
  if (what === undefined || !path.includes('/api/2.0/fs/')) return undefined;
  const volume = volumeOf(path);
  return volume === undefined
    ? `the ${what}`
    : what === 'volume'
      ? `the volume ${volume}`
      : `the ${what} of the volume ${volume}`;
}

function volumeOf(path: string): string | undefined {
  const parts = /\/Volumes\/([^/]+)\/([^/]+)\/([^/?]+)/.exec(path);
  return parts === null
    ? undefined
    : parts
        .slice(1, 4)
        .map((part) => safeDecode(part))
        .join('.');
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function parseBody({ body, contentType }: FailedAnswer): { code?: string; message: string } {
  const text = body
    .subarray(0, 64 * 1024)
    .toString('utf8')
    .trim();
  if (text.startsWith('{')) {
    const parsed = tryJson(text);
    if (parsed !== undefined) {
      const code = stringField(parsed, 'error_code') ?? stringField(parsed, 'error');
      const message =
        stringField(parsed, 'message') ??
        stringField(parsed, 'error_description') ??
        stringField(parsed, 'detail') ??
        '';
      return code === undefined ? { message } : { code, message };
    }
  }
  if (contentType.includes('html') || /^<(!doctype|html)/i.test(text)) {
    const title = /<title>([^<]{0,200})<\/title>/i.exec(text)?.[1]?.trim();
    return { message: `an HTML page was answered${title === undefined ? '' : `, titled "${title}"`}` };
  }
  return { message: text };
}

function tryJson(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // not JSON after all: the caller shows it as text
  }
}

function stringField(object: Record<string, unknown>, name: string): string | undefined {
  const value = object[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
