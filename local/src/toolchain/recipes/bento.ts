import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Recipe } from '../recipe.ts';
import { goBuild } from './go-build.ts';

const sources = join(import.meta.dirname, '..', '..', '..', '..', 'bench', 'peers', 'bento');
const read = (name: string): string => readFileSync(join(sources, name), 'utf8');

/** The peer of the benches, as one program with the components that they use. */
export const bento: Recipe = {
  version: '1.20.0',
  inputs: ['go.mod', 'go.sum', 'main.go'].map(read),
  estimateSeconds: 300,
  async build(context) {
    await goBuild(context, { sources, name: 'bento', ldflags: [], what: 'Bento' });
  },
};
