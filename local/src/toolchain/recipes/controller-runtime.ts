import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Recipe } from '../recipe.ts';
import { goBuild } from './go-build.ts';

const sources = join(import.meta.dirname, '..', '..', '..', '..', 'bench', 'peers', 'controller-runtime');
const read = (name: string): string => readFileSync(join(sources, name), 'utf8');

/** The peer of the operator's bench: an operator on controller-runtime that does the same job. */
export const controllerRuntime: Recipe = {
  version: '0.22.5',
  inputs: ['go.mod', 'go.sum', 'main.go', 'plan.go', 'reconciler.go'].map(read),
  estimateSeconds: 150,
  async build(context) {
    await goBuild(context, {
      sources,
      name: 'controller-runtime',
      ldflags: [],
      what: 'an operator on controller-runtime',
    });
  },
};
