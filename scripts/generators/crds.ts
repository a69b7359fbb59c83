import { stringify } from 'yaml';
import { customResourceDefinitions } from '../../api/src/crd/index.ts';
import type { Generator } from './generator.ts';

const HEADER = '# Generated from api/src by "npm run generate". Do not edit.\n';

/** Our own CustomResourceDefinitions, from the zod schemas of `api/`. */
export const crds: Generator = {
  name: 'CustomResourceDefinitions',
  generate: () =>
    Promise.resolve({
      folder: 'charts/tributary/files/crds',
      files: new Map(
        customResourceDefinitions().map(({ file, definition }) => [
          file,
          HEADER + stringify(definition, { lineWidth: 0, aliasDuplicateObjects: false }),
        ]),
      ),
    }),
};
