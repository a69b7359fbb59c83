/** The chart as helm renders it, against golden files and a real API server. `UPDATE_GOLDEN=1` writes the golden files. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ensureToolchain, startTestApiServer, type TestApiServer } from '@tributary/local/testing';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse, parseAllDocuments } from 'yaml';

const CHART = fileURLToPath(new URL('../tributary', import.meta.url));
const GOLDEN = fileURLToPath(new URL('golden', import.meta.url));

/** Ways to install, by the name of their golden file. */
const INSTALLS: Record<string, string[]> = {
  'whole-cluster': [],
  'listed-namespaces': [
    '--set=watchNamespaces={markets,events},kafkaNamespaces={kafka},metrics.service.enabled=true',
    '--set=replicas=2,image.tag=1.2.3,rbac.aggregate=false,kafkaAdmission.kafka/plant={markets,events}',
  ],
};

interface Manifest {
  kind: string;
  metadata: { name: string; namespace?: string; annotations?: Record<string, string> };
  rules?: { apiGroups: string[]; resources: string[]; verbs: string[] }[];
  spec?: Record<string, unknown>;
}

let tools: { helm: string; kubectl: string };
let folder: string;

const run = async (program: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<string> => {
  const { stdout } = await promisify(execFile)(program, args, {
    // Helm keeps its settings below HOME.
    env: { PATH: process.env['PATH'], HOME: folder, ...env },
    maxBuffer: 16 * 1024 * 1024,
  });
  return stdout;
};
const helmTemplate = (...args: string[]): Promise<string> =>
  run(tools.helm, ['template', 'tributary', CHART, '--namespace', 'tributary-system', '--kube-version', '1.34', ...args]);
const rendered = async (...args: string[]): Promise<Manifest[]> =>
  parseAllDocuments(await helmTemplate(...args)).flatMap((document) => (document.toJS() as Manifest | null) ?? []);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-chart-'));
  tools = await ensureToolchain(['kubectl']);
}, 900_000);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('the chart', () => {
  it('has nothing that helm finds fault with', async () => {
    const report = await run(tools.helm, ['lint', '--strict', CHART]);
    expect(report).toContain('1 chart(s) linted, 0 chart(s) failed');
  });

  it.each(Object.entries(INSTALLS))('renders as it did before: %s', async (name, args) => {
    const text = await helmTemplate('--set=crds.enabled=false', ...args);
    const path = join(GOLDEN, `${name}.yaml`);
    if (process.env['UPDATE_GOLDEN'] === '1') await writeFile(path, text);
    expect(text).toBe(await readFile(path, 'utf8'));
  });

  it('installs the kinds word for word, templates in their descriptions included, and keeps them', async () => {
    const crds = (await rendered()).filter(({ kind }) => kind === 'CustomResourceDefinition');
    expect(crds.map(({ metadata }) => metadata.name)).toEqual([
      'apiquotas.tributary.dev',
      'streamsources.tributary.dev',
    ]);
    for (const { metadata, spec } of crds) {
      expect(metadata.annotations).toEqual({ 'helm.sh/resource-policy': 'keep' });
      const file = join(CHART, 'files/crds', `${metadata.name.split('.')[0]}.yaml`);
      const generated = parse(await readFile(file, 'utf8')) as Manifest;
      expect(spec).toEqual(generated.spec);
    }
    expect(JSON.stringify(crds)).toContain('{{ cursor }}');
    const dropped = await rendered('--set=crds.keep=false');
    const droppedCrds = dropped.filter(({ kind }) => kind === 'CustomResourceDefinition');
    expect(droppedCrds.some(({ metadata }) => metadata.annotations !== undefined)).toBe(false);
  });

  it('asks for no rights in other namespaces than those that are listed', async () => {
    const manifests = await rendered(...(INSTALLS['listed-namespaces'] ?? []));
    const namespaces = manifests.filter(({ kind }) => kind === 'Role').map(({ metadata }) => metadata.namespace);
    expect([...new Set(namespaces)].sort()).toEqual(['events', 'kafka', 'markets', 'tributary-system']);
    expect(manifests.some(({ kind }) => kind.startsWith('ClusterRole'))).toBe(false);
  });

  it('may make tokens of service accounts only where feeds may log in by them, and never for the API server', async () => {
    const rights = async (...sets: string[]): Promise<string> =>
      (await run(tools.helm, ['template', 'tributary', CHART, '--namespace=tributary-system', ...sets])).toString();
    expect(await rights()).not.toContain('serviceaccounts/token');
    const allowed = await rights('--set=databricks.federationAudience=databricks,watchNamespaces={markets}');
    const roles = parseAllDocuments(allowed)
      .map((document) => document.toJS() as Manifest | null)
      .filter((each) => each?.rules?.some(({ resources }) => resources.includes('serviceaccounts/token')));
    expect(roles.map((each) => [each?.kind, each?.metadata.namespace])).toEqual([['Role', 'markets']]);
    expect(allowed).toMatch(/TRIBUTARY_DATABRICKS_AUDIENCE\n\s+value: "databricks"/);
    await expect(rights('--set=databricks.federationAudience=databricks')).rejects.toThrow(
      /list watchNamespaces, or accept it by databricks.federateEverywhere=true/,
    );
    const everywhere = await rights('--set=databricks.federationAudience=databricks,databricks.federateEverywhere=true');
    expect(everywhere).toContain('serviceaccounts/token');
    await expect(rights('--set=databricks.federationAudience=https://kubernetes.default.svc')).rejects.toThrow(
      /federationAudience/,
    );
  });

  it('asks for verbs and resources by name, never for all of them', async () => {
    const rules = (await rendered()).flatMap((manifest) => manifest.rules ?? []);
    expect(rules.flatMap(({ apiGroups, resources, verbs }) => [...apiGroups, ...resources, ...verbs])).not.toContain('*');
  });

  it('refuses an environment of the user’s own for whatever it says itself', async () => {
    const text = await readFile(join(CHART, 'templates/deployment.yaml'), 'utf8');
    const own = [...text.matchAll(/- name: (TRIBUTARY_\w+)/g)].map(([, name]) => name ?? '');
    expect(own.length).toBeGreaterThan(10);
    for (const name of own)
      await expect(helmTemplate(`--set=extraEnv[0].name=${name},extraEnv[0].value=a`)).rejects.toThrow(`extraEnv: ${name} is set by the chart`);
  });

  it.each([
    ['a misspelt value', '--set=watchNamespace={a}', /watchNamespace/],
    ['a namespace that cannot be', '--set=watchNamespaces={A_B}', /watchNamespaces\/0/],
    ['two operators without an election', '--set=replicas=2,leaderElection=false', /replicas/],
    ['an environment that contradicts a value', '--set=extraEnv[0].name=TRIBUTARY_WATCH_NAMESPACES,extraEnv[0].value=a', /TRIBUTARY_WATCH_NAMESPACES is set by the chart: use its value watchNamespaces/],
    ['an environment of the pod itself', '--set=extraEnv[0].name=TRIBUTARY_POD_NAME,extraEnv[0].value=a', /TRIBUTARY_POD_NAME/],
    ['a name that is there twice', '--set=extraEnv[0].name=A,extraEnv[0].value=a,extraEnv[1].name=A', /extraEnv: A is there twice/],
    ['an unknown log level', '--set=logLevel=loud', /logLevel/],
  ])('refuses %s', async (_, set, says) => {
    await expect(helmTemplate(set)).rejects.toThrow(says);
  });
});

describe('on a real API server', () => {
  let api: TestApiServer;
  const kubectl = (...args: string[]): Promise<string> => run(tools.kubectl, ['--kubeconfig', api.kubeconfigPath, ...args]);

  beforeAll(async () => {
    api = await startTestApiServer();
    for (const name of ['tributary-system', 'markets', 'events', 'kafka', 'strict']) await kubectl('create', 'namespace', name);
    await kubectl('label', 'namespace', 'strict', 'pod-security.kubernetes.io/enforce=restricted');
  }, 900_000);

  afterAll(async () => {
    await api?.stop();
  }, 60_000);

  it.each(Object.entries(INSTALLS))('everything is admitted under strict validation: %s', async (name, args) => {
    const path = join(folder, `${name}.yaml`);
    const text = await helmTemplate(...args);
    await writeFile(path, text);
    const applied = await kubectl('apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', path);
    const manifests = parseAllDocuments(text).filter((document) => document.toJS() !== null);
    expect(applied.trim().split('\n')).toHaveLength(manifests.length);
  });

  it('an environment of the user’s own is admitted, and its NODE_OPTIONS replaces the chart’s', async () => {
    const args = ['NODE_OPTIONS', 'HTTPS_PROXY'].map((name, index) => `--set=extraEnv[${index}].name=${name},extraEnv[${index}].value=mine`);
    const deployment = (await rendered(...args)).find(({ kind }) => kind === 'Deployment');
    const { template } = (deployment?.spec ?? {}) as { template: { spec: { containers: { env: { name: string; value?: string }[] }[] } } };
    const env = template.spec.containers[0]?.env ?? [];
    expect(env.filter(({ name }) => name === 'NODE_OPTIONS' || name === 'HTTPS_PROXY')).toEqual([
      { name: 'NODE_OPTIONS', value: 'mine' },
      { name: 'HTTPS_PROXY', value: 'mine' },
    ]);
    const path = join(folder, 'own-env.yaml');
    await writeFile(path, await helmTemplate(...args));
    expect(await kubectl('apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', path)).toContain('deployment.apps/tributary');
  });

  it('the operator’s pod is admitted where pod security is restricted', async () => {
    const deployment = (await rendered()).find(({ kind }) => kind === 'Deployment');
    const template = deployment?.spec?.['template'] as { spec: object };
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'operator', namespace: 'strict' }, spec: template.spec };
    const path = join(folder, 'pod.json');
    await writeFile(path, JSON.stringify(pod));
    expect(await kubectl('apply', '--dry-run=server', '--validate=strict', '-f', path)).toContain('pod/operator created');
  });

  it('is installed, upgraded and removed by helm, and leaves the kinds', async () => {
    const helm = (...args: string[]): Promise<string> =>
      run(tools.helm, [...args, '--namespace', 'tributary-system'], { KUBECONFIG: api.kubeconfigPath });
    const notes = await helm('install', 'tributary', CHART);
    expect(notes).toMatch(/kubectl get feeds -A/);
    await helm('upgrade', 'tributary', CHART, '--set=watchNamespaces={markets},logLevel=debug');
    const rights = await kubectl('auth', 'can-i', '--list', '--namespace', 'markets', '--as', 'system:serviceaccount:tributary-system:tributary');
    expect(rights).toMatch(/streamsources\.tributary\.dev\/status +\[\] +\[\] +\[get update patch\]/);
    const elsewhere = kubectl('auth', 'can-i', 'list', 'secrets', '--namespace', 'events', '--as', 'system:serviceaccount:tributary-system:tributary');
    await expect(elsewhere).rejects.toMatchObject({ stdout: 'no\n' });
    // No kubelet runs the hook's Job here; what it does is in operator/src/permissions.test.ts.
    await helm('uninstall', 'tributary', '--no-hooks');
    expect(await kubectl('get', 'crd', '-o', 'name')).toContain('streamsources.tributary.dev');
    expect(await kubectl('get', 'deployments', '--namespace', 'tributary-system', '-o', 'name')).toBe('');
  });
});
