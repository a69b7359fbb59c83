import {
  audit,
  FolderVolume,
  kafkaTopicView,
  openDatabricksVolume,
  warehouseTable,
  type AuditReport,
  type BronzeTable,
  type OpenVolume,
} from '@tributary/consumer';
import { brokerConnection, connectKafka, type KafkaLog } from '@tributary/kafka';
import { SecretFolder, SecretRegistry } from '@tributary/runtime';
import { CliError } from '../output/cli-error.ts';
import type { AuditTarget } from './audit-target.ts';

const SILENT: KafkaLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Audits a feed with connections of its own. */
export async function runAudit(
  target: AuditTarget,
  complete: boolean,
  signal: AbortSignal,
): Promise<AuditReport> {
  const secrets = new SecretRegistry();
  const kafka = connectKafka(
    brokerConnection(target.broker, new SecretFolder(target.kafkaDir, secrets), {
      clientId: 'tributary-audit',
      log: SILENT,
    }),
  );
  let opened: OpenVolume | undefined;
  try {
    await kafka.check(signal);
    opened = await openFiles(target, secrets);
    const topic = await kafkaTopicView(kafka, target.topic, target.topicId, signal);
    if (topic.gone) checkFormerTopic(target, topic.topicId, complete);
    const bronze = bronzeOf(target, opened);
    return await audit({
      feed: target.feed,
      topic,
      volume: opened.volume,
      complete,
      ...(bronze === undefined ? {} : { bronze }),
      signal,
    });
  } finally {
    opened?.close();
    await kafka.close();
  }
}

/** Of a topic that is no more only what has landed is left to look at, and that has to be wanted. */
function checkFormerTopic({ topic, formerTopic }: AuditTarget, topicId: string, complete: boolean): void {
  if (!formerTopic)
    throw new CliError(
      'ConfigOfFormerTopic',
      `the config names the topic ${topicId}, and ${topic} is another one now, or gone`,
      'take the config anew from the ConfigMap of the feed; what landed of the former topic is audited by --topic-id with its id',
    );
  if (complete)
    throw new CliError(
      'CompleteWithoutTopic',
      `there is no topic ${topic} with the id ${topicId} any more: whether all of it has landed nobody can tell`,
      'leave --complete out, or --topic-id, to audit the topic that is there now',
    );
}

function bronzeOf({ bronze }: AuditTarget, { sql }: OpenVolume): BronzeTable | undefined {
  return bronze === undefined || sql === undefined
    ? undefined
    : warehouseTable(sql, bronze.table, bronze.warehouseId);
}

async function openFiles({ files }: AuditTarget, secrets: SecretRegistry): Promise<OpenVolume> {
  return files.kind === 'folder'
    ? { volume: new FolderVolume(files.folder), close: () => undefined }
    : openDatabricksVolume(files.volume, files.dir, secrets);
}
