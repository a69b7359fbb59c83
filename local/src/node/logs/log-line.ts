/** Lines of a container's log as container runtimes write them: `<time> <stream> <F|P> <text>`. */

export type LogStream = 'stdout' | 'stderr';

export interface LogLine {
  time: string;
  stream: LogStream;
  /** False where a very long line was cut: the next piece belongs to it. */
  whole: boolean;
  text: string;
}

export function formatLine({ time, stream, whole, text }: LogLine): string {
  return `${time} ${stream} ${whole ? 'F' : 'P'} ${text}\n`;
}

export function parseLine(line: string): LogLine | undefined {
  const match = /^(\S+) (stdout|stderr) ([FP]) (.*)$/s.exec(line);
  if (match === null) return undefined;
  const [, time = '', stream, tag, text = ''] = match;
  return { time, stream: stream as LogStream, whole: tag === 'F', text };
}
