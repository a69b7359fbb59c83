/** What is read of a published CustomResourceDefinition. */
export interface PublishedCrd {
  spec: {
    group: string;
    names: { kind: string; plural: string };
    versions: { name: string; storage: boolean; schema: { openAPIV3Schema: Schema } }[];
  };
}

interface Schema {
  type?: string;
  enum?: (string | number)[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: Schema | boolean;
  'x-kubernetes-int-or-string'?: boolean;
}

/**
 * TypeScript of the stored version of `crd`: an interface for the kind, one for each distinct object within it (named
 * after where it is met first), and the constants that name the resource. Descriptions are left behind on purpose.
 */
export function kindTypes(crd: PublishedCrd): string {
  const { group, names, versions } = crd.spec;
  const version = versions.find(({ storage }) => storage);
  if (version === undefined) throw new TypeError(`${names.kind}: no stored version`);
  const { spec, status } = version.schema.openAPIV3Schema.properties ?? {};
  if (spec === undefined || status === undefined) throw new TypeError(`${names.kind}: no spec or no status`);

  const interfaces = new Interfaces();
  const specType = interfaces.typeOf(spec, `${names.kind}Spec`);
  const statusType = interfaces.typeOf(status, `${names.kind}Status`);
  const apiVersion = `${group}/${version.name}`;
  return [
    '// Generated from the CRDs that Strimzi publishes, by "npm run generate". Do not edit.',
    "import type { ObjectMeta } from '../object-meta.ts';",
    '',
    `export interface ${names.kind} { apiVersion: '${apiVersion}'; kind: '${names.kind}'; metadata: ObjectMeta; spec: ${specType}; status?: ${statusType} }`,
    '',
    ...interfaces.declarations(),
  ].join('\n');
}

/** Interfaces by their body, so that a shape that is met often is written once. */
class Interfaces {
  readonly #nameOf = new Map<string, string>();
  readonly #taken = new Set<string>();

  typeOf(schema: Schema, name: string): string {
    if (schema['x-kubernetes-int-or-string'] === true) return 'number | string';
    if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
    switch (schema.type) {
      case 'string':
      case 'boolean':
        return schema.type;
      case 'integer':
      case 'number':
        return 'number';
      case 'array':
        return `(${this.typeOf(schema.items ?? {}, `${name}Item`)})[]`;
      case 'object':
        return this.#objectType(schema, name);
      default:
        return 'unknown';
    }
  }

  declarations(): string[] {
    return [...this.#nameOf].map(([body, name]) => `export interface ${name} ${body}\n`);
  }

  #objectType({ properties, required = [], additionalProperties }: Schema, name: string): string {
    if (properties === undefined) {
      const value =
        typeof additionalProperties === 'object'
          ? this.typeOf(additionalProperties, `${name}Value`)
          : 'unknown';
      return `Record<string, ${value}>`;
    }
    const members = Object.entries(properties).map(([member, schema]) => {
      const optional = required.includes(member) ? '' : '?';
      return `${JSON.stringify(member)}${optional}: ${this.typeOf(schema, name + pascal(member))};`;
    });
    const body = `{ ${members.join(' ')} }`;
    const known = this.#nameOf.get(body);
    if (known !== undefined) return known;
    if (this.#taken.has(name)) throw new TypeError(`${name} is met twice`);
    this.#taken.add(name);
    this.#nameOf.set(body, name);
    return name;
  }
}

function pascal(member: string): string {
  return member.charAt(0).toUpperCase() + member.slice(1).replaceAll(/[^A-Za-z0-9]+/g, '');
}
