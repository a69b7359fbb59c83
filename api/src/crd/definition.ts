import type { z } from 'zod';
import { GROUP, VERSION } from '../names.ts';
import { type JsonObject, structuralSchema } from './structural.ts';

/** A column of `kubectl get`; `wide` ones only with `-o wide`. */
export interface PrinterColumn {
  name: string;
  type: 'string' | 'integer' | 'date' | 'boolean';
  jsonPath: string;
  description: string;
  wide?: boolean;
}

export interface KindDefinition {
  kind: string;
  plural: string;
  shortNames: string[];
  categories: string[];
  description: string;
  spec: z.ZodType;
  specDescription: string;
  /** Given for kinds with a status subresource. */
  status?: { schema: z.ZodType; description: string };
  printerColumns: PrinterColumn[];
}

/** A feed's name becomes part of topic names, `<namespace>.<name>`, whose own suffixes begin with a dot. */
const NAME_RULES = [
  {
    rule: "!self.metadata.name.contains('.') && size(self.metadata.name) <= 63",
    message: 'metadata.name must be a DNS label: at most 63 lower-case letters, digits and hyphens, no dots',
  },
];

/** What kstatus takes for "in progress": without any status it calls an object that nobody has looked at yet current. */
const NOT_SEEN_YET = { observedGeneration: -1 };

/** The CustomResourceDefinition of one kind, ready to be applied. */
export function customResourceDefinition(definition: KindDefinition): JsonObject {
  const { kind, plural, shortNames, categories, status } = definition;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase(), shortNames, categories },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          ...(status === undefined ? {} : { subresources: { status: {} } }),
          additionalPrinterColumns: definition.printerColumns.map(printerColumn),
          schema: { openAPIV3Schema: rootSchema(definition) },
        },
      ],
    },
  };
}

function printerColumn({ name, type, jsonPath, description, wide }: PrinterColumn): JsonObject {
  return { name, type, jsonPath, description, priority: wide === true ? 1 : 0 };
}

function rootSchema({ description, spec, specDescription, status }: KindDefinition): JsonObject {
  return {
    description,
    type: 'object',
    required: ['spec'],
    'x-kubernetes-validations': NAME_RULES,
    properties: {
      apiVersion: { description: 'Version of this kind, tributary.dev/v1alpha1.', type: 'string' },
      kind: { description: 'Name of this kind.', type: 'string' },
      metadata: { type: 'object' },
      spec: { ...structuralSchema(spec, 'spec'), description: specDescription },
      ...(status === undefined
        ? {}
        : {
            status: {
              ...structuralSchema(status.schema, 'status'),
              description: status.description,
              default: NOT_SEEN_YET,
            },
          }),
    },
  };
}
