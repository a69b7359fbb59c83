import type { KafkaErrorCode } from '@tributary/kafka';
import { CliError } from './cli-error.ts';
import { forPeople } from './printable.ts';
import type { Terminal } from './terminal.ts';

const REMEDIES: Partial<Record<KafkaErrorCode, string>> = {
  KafkaUnavailable: 'check --bootstrap, and that the brokers can be reached from here',
  KafkaAuthFailed: 'check --username, and the files `password` and `ca.crt` in --kafka-dir',
  KafkaForbidden: 'use a user that may read and describe the topic, such as the consumer of the feed',
  TopicMissing: 'check the name of the feed: it is <namespace>.<name>',
};

/** What happened and what to do, never a stack trace for what a user can put right. */
export function reportFailure(error: unknown, terminal: Terminal): void {
  const { err, colours } = forPeople(terminal);
  const message = error instanceof Error ? error.message : String(error);
  err(`${colours.red('error:')} ${message}`);
  const remedy = remedyOf(error);
  if (remedy !== undefined) err(`${colours.dim('remedy:')} ${remedy}`);
  else if (error instanceof Error && !('code' in error) && error.stack !== undefined) err(error.stack);
}

function remedyOf(error: unknown): string | undefined {
  if (error instanceof CliError) return error.remedy;
  const { action, code } = error as { action?: unknown; code?: unknown };
  // Databricks' errors bring their own; told by shape so that a failure needs no client loaded.
  if (typeof action === 'string') return action;
  return typeof code === 'string' && code in REMEDIES ? REMEDIES[code as KafkaErrorCode] : undefined;
}
