import { readFileSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { ToolchainError } from '../errors.ts';
import type { BuildContext, Recipe } from '../recipe.ts';
import { runCommand } from '../run-command.ts';
import { javaOfJdk, javaOnPath } from './java.ts';
import { copyDependencies } from './maven.ts';

const pomOf = (name: string): string => join(import.meta.dirname, '..', 'maven', `${name}.xml`);
const readPom = (name: string): string => readFileSync(pomOf(name), 'utf8');

/** The Java versions that Kafka 4 and Spark 4.0 both run on. */
export const kafkaAndSparkJava = { from: 17, to: 23 };
/** Strimzi compiles for 21. */
const strimziJava = { from: 21, to: 99 };

async function javaFor(context: BuildContext, range: { from: number; to: number }): Promise<string> {
  return javaOnPath(context.env, range) ?? javaOfJdk(await context.need('jdk'));
}

/** Kafka's broker, controller and tools. */
export const kafka: Recipe = {
  version: '4.3.1',
  inputs: [readPom('kafka')],
  estimateSeconds: 15,
  async build(context) {
    await copyDependencies(
      pomOf('kafka'),
      context.folder,
      await javaFor(context, kafkaAndSparkJava),
      context,
    );
  },
};

/** pyspark brings these itself, and two versions on one class path would fight. */
const shippedWithSpark = [
  'com.google.code.findbugs',
  'org.antlr',
  'org.apache.hadoop',
  'org.lz4',
  'org.scala-lang',
  'org.scala-lang.modules',
  'org.slf4j',
  'org.xerial.snappy',
];

/** What Spark needs beyond pyspark: Delta tables and the Kafka source. */
export const sparkJars: Recipe = {
  version: '4.0.0',
  inputs: [readPom('spark-jars'), shippedWithSpark.join()],
  estimateSeconds: 30,
  async build(context) {
    await copyDependencies(
      pomOf('spark-jars'),
      context.folder,
      await javaFor(context, kafkaAndSparkJava),
      context,
      shippedWithSpark,
    );
  },
};

const strimziKinds = {
  kafkas: 'io.strimzi.api.kafka.model.kafka.Kafka',
  kafkanodepools: 'io.strimzi.api.kafka.model.nodepool.KafkaNodePool',
  kafkatopics: 'io.strimzi.api.kafka.model.topic.KafkaTopic',
  kafkausers: 'io.strimzi.api.kafka.model.user.KafkaUser',
};

/** The CRDs of Strimzi, made by Strimzi's own generator from Strimzi's own classes. */
export const strimziCrds: Recipe = {
  version: '1.2.0',
  inputs: [readPom('strimzi-crds'), JSON.stringify(strimziKinds)],
  estimateSeconds: 25,
  async build(context) {
    const { folder, scratch, env, signal } = context;
    const java = await javaFor(context, strimziJava);
    const jars = join(scratch, 'jars');
    await mkdir(jars, { recursive: true });
    // Maven runs on the machine's own Java where it can: that one trusts what the machine trusts.
    await copyDependencies(pomOf('strimzi-crds'), jars, await javaFor(context, kafkaAndSparkJava), context);
    const classpath = (await readdir(jars)).map((name) => join(jars, name)).join(delimiter);
    const outputs = Object.entries(strimziKinds).map(
      ([plural, kind]) => `${kind}=${join(folder, `${plural}.yaml`)}`,
    );
    const options = [
      '--target-kube',
      '1.25+',
      '--api-versions',
      'v1',
      '--storage-version',
      'v1',
      '--label',
      'app:strimzi',
    ];
    await runCommand(
      java,
      ['-classpath', classpath, 'io.strimzi.crdgenerator.CrdGenerator', ...options, '--yaml', ...outputs],
      { env, signal },
    );
    const made = await readdir(folder);
    if (made.length !== outputs.length) {
      throw new ToolchainError(
        'BuildFailed',
        `Strimzi's CRD generator wrote ${made.join(', ') || 'nothing'}`,
      );
    }
  },
};
