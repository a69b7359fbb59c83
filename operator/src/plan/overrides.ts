import type { PodOverrides } from '@tributary/api';
import type { Deployment } from '../kube/index.ts';

export type PodTemplate = NonNullable<Deployment['spec']>['template'];
type PodSpec = NonNullable<PodTemplate['spec']>;
type Amounts = NonNullable<NonNullable<PodOverrides['resources']>['limits']>;

/** The template as the user wants it: what the operator itself says with labels and annotations stays as it is. */
export function overrideTemplate(overrides: PodOverrides | undefined, template: PodTemplate): PodTemplate {
  if (overrides === undefined || template.spec === undefined) return template;
  const { labels, annotations } = overrides;
  return {
    metadata: {
      ...template.metadata,
      labels: { ...asMap(labels), ...template.metadata?.labels },
      annotations: { ...asMap(annotations), ...template.metadata?.annotations },
    },
    spec: overrideSpec(overrides, template.spec),
  };
}

function overrideSpec(overrides: PodOverrides, spec: PodSpec): PodSpec {
  const { image, resources, nodeSelector, tolerations, affinity } = overrides;
  return {
    ...spec,
    ...(nodeSelector === undefined ? {} : { nodeSelector: asMap(nodeSelector) }),
    ...(tolerations === undefined ? {} : { tolerations: tolerations.map(withoutUndefined) }),
    // As the user wrote it: the API server checks it when the Deployment is applied.
    ...(affinity === undefined ? {} : { affinity: affinity as NonNullable<PodSpec['affinity']> }),
    containers: spec.containers.map((container) => ({
      ...container,
      ...(image === undefined ? {} : { image }),
      resources: {
        requests: { ...container.resources?.requests, ...quantities(resources?.requests) },
        limits: { ...container.resources?.limits, ...quantities(resources?.limits) },
      },
    })),
  };
}

type Toleration = NonNullable<PodOverrides['tolerations']>[number];

function withoutUndefined(toleration: Toleration): NonNullable<PodSpec['tolerations']>[number] {
  return Object.fromEntries(Object.entries(toleration).filter(([, value]) => value !== undefined));
}

function quantities(amounts: Amounts = {}): Record<string, string> {
  const { cpu, memory, ephemeralStorage } = amounts;
  const named = { cpu, memory, 'ephemeral-storage': ephemeralStorage };
  return Object.fromEntries(
    Object.entries(named).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function asMap(pairs: readonly { name: string; value: string }[] = []): Record<string, string> {
  return Object.fromEntries(pairs.map(({ name, value }) => [name, value]));
}
