import picocolors from 'picocolors';

/** Where a command writes, and how. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  readonly colours: ReturnType<typeof picocolors.createColors>;
  /** Characters in a line. @default 100 */
  readonly width?: number;
}

const USUAL_WIDTH = 100;
const NARROWEST = 60;

export function widthOf({ width = USUAL_WIDTH }: Terminal): number {
  return Math.max(NARROWEST, width);
}

/** Colours only where a person looks: on a terminal, unless NO_COLOR says otherwise. */
export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  const wanted = stdout.isTTY === true && stderr.isTTY === true && (env['NO_COLOR'] ?? '') === '';
  // A reader that has seen enough, such as head, is no failure.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
  return {
    out: (text) => void stdout.write(`${text}\n`),
    err: (text) => void stderr.write(`${text}\n`),
    colours: picocolors.createColors(wanted),
    // Piped into a file or a pager there is no terminal to ask; COLUMNS says what is wanted then.
    width: stdout.columns ?? (Number(env['COLUMNS']) || USUAL_WIDTH),
  };
}
