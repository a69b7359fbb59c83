import { DatabricksUserError } from './errors.ts';

/** The JSON object of a successful answer; an empty body is an empty object, anything else an error about the host. */
export function answerObject(
  answer: { readonly status: number; readonly body: Buffer },
  request: { readonly method: string; readonly path: string },
): Record<string, unknown> {
  const text = answer.body.toString('utf8').trim();
  if (text === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined; // a login page, a proxy's page: reported below
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new DatabricksUserError(
    {
      status: answer.status,
      errorCode: 'UNEXPECTED_ANSWER',
      message: `${request.method} was answered with something that is not a JSON object`,
      request: `${request.method} ${request.path}`,
    },
    'check the host: a workspace answers its API with JSON',
  );
}
