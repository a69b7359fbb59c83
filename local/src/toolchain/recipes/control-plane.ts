import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Recipe } from '../recipe.ts';
import { goBuild } from './go-build.ts';

const version = '1.34.4';
const sources = join(import.meta.dirname, '..', '..', 'control-plane', 'go');
const read = (name: string): string => readFileSync(join(sources, name), 'utf8');

/** etcd and Kubernetes' own servers, from their Go modules, as one program. */
export const controlPlane: Recipe = {
  version,
  inputs: ['go.mod', 'go.sum', 'main.go'].map(read),
  estimateSeconds: 300,
  async build(context) {
    const [major, minor] = version.split('.');
    const stamp = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
    await goBuild(context, {
      sources,
      name: 'control-plane',
      ldflags: Object.entries(stamp).map(
        ([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`,
      ),
      what: "Kubernetes' API server",
    });
  },
};
