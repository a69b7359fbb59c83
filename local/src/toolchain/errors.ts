/** A part of the toolchain cannot be had; the message says which, what it is for and what to do. */
export class ToolchainError extends Error {
  override readonly name = 'ToolchainError';
  readonly code: 'ToolMissing' | 'BuildFailed' | 'DownloadFailed';

  constructor(code: ToolchainError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
