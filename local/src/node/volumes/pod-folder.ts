/** The folders of one pod below the node's work folder. */
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expand } from '../spec/expand.ts';
import { normalMountPath } from '../spec/rewrite-path.ts';
import type { ContainerSpec } from '../types.ts';

export class PodFolder {
  readonly path: string;

  constructor(nodeFolder: string, podUid: string) {
    this.path = join(nodeFolder, 'pods', podUid);
    mkdirSync(this.path, { recursive: true, mode: 0o700 });
  }

  volume(name: string): string {
    return join(this.path, 'volumes', name);
  }

  /** What stands for `/` of a container. */
  root(container: string): string {
    return join(this.path, 'root', container);
  }

  log(container: string, restart: number): string {
    return join(this.path, 'logs', container, `${restart}.log`);
  }

  get kubeconfig(): string {
    return join(this.path, 'kubeconfig');
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true, force: true });
  }

  /** Links each mount path below the container's root to its volume; returns the mount paths. `env` is for subPathExpr. */
  mount(
    container: ContainerSpec,
    folderOf: (volume: string) => string,
    env: Record<string, string>,
  ): string[] {
    const root = this.root(container.name);
    mkdirSync(root, { recursive: true });
    return (container.volumeMounts ?? []).map(({ name, mountPath, subPath = '', subPathExpr = '' }) => {
      const path = normalMountPath(mountPath);
      const below = subPathExpr === '' ? subPath : expand(subPathExpr, (variable) => env[variable]);
      if (below.split('/').includes('..'))
        throw new RangeError(`a subPath may not leave its volume: ${below}`);
      const target = join(folderOf(name), below);
      // What a volume does not hold yet is made a folder, as the kubelet does.
      if (below !== '' && !existsSync(target)) mkdirSync(target, { recursive: true });
      const link = join(root, path);
      mkdirSync(dirname(link), { recursive: true });
      rmSync(link, { force: true });
      symlinkSync(target, link);
      return path;
    });
  }
}
