/** What `{{…}}` in a task's parameters may refer to. */
export interface RunContext {
  readonly runId: number;
  readonly jobId: number;
  readonly jobName: string;
  /** Milliseconds since the epoch. */
  readonly startTime: number;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Replaces Databricks' dynamic value references; unknown ones stay as they are, as there. */
export function resolveReferences(
  parameters: Readonly<Record<string, string>>,
  context: RunContext,
): Record<string, string> {
  const iso = new Date(context.startTime).toISOString();
  const known: Record<string, string> = {
    'job.id': String(context.jobId),
    'job.name': context.jobName,
    'job.run_id': String(context.runId),
    'job.start_time.iso_date': iso.slice(0, 10),
    'job.start_time.iso_datetime': iso.slice(0, 19),
    'job.start_time.timestamp_ms': String(context.startTime),
    ...Object.fromEntries(
      Object.entries(context.parameters).map(([name, value]) => [`job.parameters.${name}`, value]),
    ),
  };
  const resolve = (text: string): string =>
    text.replace(/\{\{\s*([A-Za-z0-9_.]{1,200})\s*\}\}/g, (whole, name: string) =>
      Object.hasOwn(known, name) ? (known[name] ?? whole) : whole,
    );
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, resolve(value)]));
}
