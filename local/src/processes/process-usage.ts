import { readFileSync } from 'node:fs';

/** What a process has cost so far. */
export interface ProcessUsage {
  /** Of all its threads, user and system. */
  readonly cpuSeconds: number;
  /** Its resident set now, and the largest that it ever had. */
  readonly rssMb: number;
  readonly peakRssMb: number;
  /** Of the resident set, what is of files: of the program, and shared by all that run it. */
  readonly filesMb: number;
}

/** Linux counts CPU time in these. */
const TICKS_PER_SECOND = 100;

/** As /proc has it, the same way for everybody; throws once the process is gone. */
export function usageOf(pid: number | undefined): ProcessUsage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // Behind the command's name, which may hold blanks: utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mb = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1_024;
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    rssMb: mb('VmRSS'),
    peakRssMb: mb('VmHWM'),
    filesMb: mb('RssFile'),
  };
}
