import { Option, type Command } from 'commander';
import { EXIT } from '../output/cli-error.ts';
import type { Terminal } from '../output/terminal.ts';
import { auditTarget, type AuditFlags } from './audit-target.ts';

const EXAMPLES = `
Examples:
  $ tributary audit markets.ibm-weekly --config consumer.json --kafka-dir ./kafka --databricks-dir ./databricks
  $ tributary audit markets.ibm-weekly --bootstrap kafka:9092 --folder /data/volume
  $ tributary audit markets.ibm-weekly --bootstrap kafka:9094 --tls ca.crt --username markets.ibm-weekly.consumer \\
      --kafka-dir ./kafka --volume main.landing.feeds --databricks-dir ./databricks --complete --json
  $ tributary audit markets.ibm-weekly --config consumer.json --kafka-dir ./kafka --databricks-dir ./databricks \\
      --bronze main.landing.ibm_weekly --warehouse 1234567890abcdef

Exit code: 0 all is proven, 1 something was found, 2 the audit could not be done.`;

export function addAudit(
  program: Command,
  terminal: Terminal,
  signal: AbortSignal,
  exit: (code: number) => void,
): void {
  program
    .command('audit')
    .description('Prove that every record of a feed has landed exactly once and unaltered.')
    .argument('<feed>', 'the feed, as <namespace>.<name>')
    .option('--config <file>', 'take Kafka and volume from a consumer config (JSON)')
    .option('--bootstrap <servers>', 'Kafka, as host:port[,host:port]')
    .addOption(new Option('--tls <trust>', 'what to trust').choices(['none', 'public', 'ca.crt']))
    .option('--username <name>', 'Kafka user')
    .addOption(
      new Option('--mechanism <name>', 'SASL mechanism')
        .choices(['plain', 'scram-sha-256', 'scram-sha-512'])
        .default('scram-sha-512'),
    )
    .addOption(
      new Option('--kafka-dir <folder>', 'folder with `password` and `ca.crt`').env('TRIBUTARY_KAFKA_DIR'),
    )
    .option('--volume <name>', 'catalog.schema.volume')
    .addOption(
      new Option(
        '--databricks-dir <folder>',
        'folder with `host`, and `token`, or `clientId` and `clientSecret` or `subjectToken`',
      ).env('TRIBUTARY_DATABRICKS_DIR'),
    )
    .option('--folder <path>', 'files on a disk instead of a volume')
    .option(
      '--topic-id <id>',
      'audit what landed of a topic with this id; default: the topic that is there now',
    )
    .option(
      '--bronze <table>',
      'also compare the table that the files are ingested into: catalog.schema.table',
    )
    .addOption(
      new Option('--warehouse <id>', 'SQL warehouse that is asked about it').env('TRIBUTARY_WAREHOUSE'),
    )
    .option('--complete', 'also fail for records that have not landed yet')
    .option('--json', 'write the report as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (feed: string, flags: AuditFlags) => {
      const target = await auditTarget(feed, flags);
      // Loaded only here: the other commands start at once without Kafka's client.
      const [{ runAudit }, { auditSummary }] = await Promise.all([
        import('./run-audit.ts'),
        import('@tributary/consumer'),
      ]);
      const report = await runAudit(target, flags.complete ?? false, signal);
      terminal.out(
        flags.json === true ? JSON.stringify(report, undefined, 2) : coloured(auditSummary(report), terminal),
      );
      exit(report.ok ? EXIT.ok : EXIT.findings);
    });
}

function coloured(summary: string, { colours }: Terminal): string {
  return summary
    .replace(/^audited=ok/m, colours.green('audited=ok'))
    .replace(/^audited=failed/m, colours.red('audited=failed'));
}
