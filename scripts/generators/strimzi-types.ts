import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'prettier';
import { parse } from 'yaml';
import { ensureToolchain, silentProgress, ToolchainError } from '../../local/src/toolchain/index.ts';
import { ROOT } from '../run-step.ts';
import type { Generator } from './generator.ts';
import { kindTypes, type PublishedCrd } from './kind-types.ts';

/** By the file that Strimzi's CRD generator writes. */
const KINDS = ['kafka', 'kafkanodepool', 'kafkatopic', 'kafkauser'];
const FILE_NAMES: Record<string, string> = {
  kafka: 'kafka.ts',
  kafkanodepool: 'kafka-node-pool.ts',
  kafkatopic: 'kafka-topic.ts',
  kafkauser: 'kafka-user.ts',
};

/** TypeScript types of Strimzi's kinds, from the CRDs that Strimzi publishes on Maven Central; without their texts. */
export const strimziTypes: Generator = {
  name: 'types of Strimzi',
  generate: async ({ check }) => {
    let folder: string;
    try {
      ({ strimziCrds: folder } = await ensureToolchain(['strimzi-crds'], { progress: silentProgress }));
    } catch (error) {
      // Whether committed files are fresh cannot be told without the CRDs; a machine without network may still verify.
      if (check && error instanceof ToolchainError) return { skipped: error.message };
      throw error;
    }
    const style: unknown = JSON.parse(
      await readFile(join(ROOT, '.prettierrc.json'), 'utf8').catch(() => '{}'),
    );
    const files = new Map<string, string>();
    for (const kind of KINDS) {
      const crd = parse(await readFile(join(folder, `${kind}s.yaml`), 'utf8')) as PublishedCrd;
      const text = await format(kindTypes(crd), { ...(style as object), parser: 'typescript' });
      files.set(FILE_NAMES[kind] ?? `${kind}.ts`, text);
    }
    return { folder: 'strimzi-crds/src/generated', files };
  },
};
