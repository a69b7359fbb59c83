/** An error in Databricks' own form: `{error_code, message, details}` with its HTTP status. */
export class ApiError extends Error {
  readonly status: number;
  readonly errorCode: string;

  constructor(status: number, errorCode: string, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.errorCode = errorCode;
  }

  toBody(): string {
    return JSON.stringify({ error_code: this.errorCode, message: this.message, details: [] });
  }
}

export function invalidParameter(message: string): ApiError {
  return new ApiError(400, 'INVALID_PARAMETER_VALUE', message);
}

/** Whether a system call failed with one of these codes. Not by `instanceof`: jest runs us in a realm of its own. */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && codes.includes(code);
}
