/** What is run for a container: the program, its whole environment, and the folder it starts in. */
import { mkdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import type { ProcessLaunch } from './container-process.ts';
import { expand } from './spec/expand.ts';
import { type ImagePrograms, programOf } from './spec/images.ts';
import { ContainerConfigError, type ObjectSource, resolveEnv } from './spec/resolve-env.ts';
import { rewritePath } from './spec/rewrite-path.ts';
import type { ContainerSpec, Pod, PodFacts } from './types.ts';
import type { PodFolder } from './volumes/pod-folder.ts';
import type { PodVolumes } from './volumes/pod-volumes.ts';

export interface LaunchContext {
  pod: Pod;
  container: ContainerSpec;
  facts: PodFacts;
  objects: ObjectSource;
  folder: PodFolder;
  volumes: PodVolumes;
  images: ImagePrograms;
  /** Folders that the images hold: path in the image → where it really is. */
  imageFolders: Readonly<Record<string, string>>;
  nodePath: string;
  server: string;
  home: string;
}

export function containerLaunch(context: LaunchContext): ProcessLaunch {
  const { pod, container, facts, objects, folder, volumes, images, home } = context;
  mkdirSync(home, { recursive: true });
  const declared = resolveEnv({ pod, container, facts, objects }, serviceEnv(context.server));
  const mounts = folder.mount(container, (volume) => volumes.folderOf(volume), declared);
  const root = folder.root(container.name);
  const place = (text: string) => context.imageFolders[text] ?? rewritePath(text, mounts, root);
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries({ ...basicEnv(context, mounts), ...declared }))
    env[name] = place(value);
  const kubeconfig = volumes.kubeconfig(container);
  if (kubeconfig !== undefined) env['KUBECONFIG'] ??= kubeconfig;
  const program = programOf(container.image ?? '', images);
  if (program === undefined)
    throw new ContainerConfigError(`no program stands for the image ${container.image}`);
  // A command replaces the image's entrypoint and its arguments; arguments alone come after the entrypoint.
  const command = container.command ?? [];
  const words = [...command, ...(container.args ?? [])].map((word) =>
    place(expand(word, (name) => declared[name])),
  );
  const argv = command.length > 0 ? words : [...program, ...words];
  const { workingDir } = container;
  const cwd = workingDir === undefined ? root : join(root, workingDir);
  mkdirSync(cwd, { recursive: true });
  return { argv, env, cwd, place };
}

/** All that a container has of its host's environment. */
function basicEnv({ pod, nodePath, home }: LaunchContext, mounts: readonly string[]): Record<string, string> {
  const temporary = mounts.includes('/tmp') ? '/tmp' : join(home, 'tmp');
  if (temporary !== '/tmp') mkdirSync(temporary, { recursive: true });
  const { PATH = '/usr/bin:/bin', TZ } = process.env;
  return {
    PATH: [dirname(nodePath), PATH].join(delimiter),
    HOME: home,
    HOSTNAME: pod.metadata.name,
    TMPDIR: temporary,
    ...(TZ === undefined ? {} : { TZ }),
  };
}

/** As the kubelet gives them, but with an address that answers. */
function serviceEnv(server: string): Record<string, string> {
  const { hostname, port } = new URL(server);
  return {
    KUBERNETES_SERVICE_HOST: hostname,
    KUBERNETES_SERVICE_PORT: port,
    KUBERNETES_SERVICE_PORT_HTTPS: port,
  };
}
