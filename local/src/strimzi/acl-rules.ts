/** From `spec.authorization.acls` of a KafkaUser to the rules of Kafka, and what must change for them. Pure. */
import type { Acl } from '@platformatic/kafka';
import type { KafkaUser } from './resources.ts';

export type AclRule = Acl;

type SpecAcl = NonNullable<NonNullable<KafkaUser['spec']>['authorization']>['acls'][number];

const RESOURCES = { topic: 2, group: 3, cluster: 4, transactionalId: 5 } as const;
const PATTERNS = { literal: 3, prefix: 4 } as const;
const PERMISSIONS = { deny: 2, allow: 3 } as const;
const OPERATIONS = {
  All: 2,
  Read: 3,
  Write: 4,
  Create: 5,
  Delete: 6,
  Alter: 7,
  Describe: 8,
  ClusterAction: 9,
  DescribeConfigs: 10,
  AlterConfigs: 11,
  IdempotentWrite: 12,
} as const;
/** The only name that Kafka has for the resource `cluster`. */
const CLUSTER_NAME = 'kafka-cluster';

/** A resource that cannot be carried out as it is written. */
export class InvalidResourceError extends Error {
  override readonly name = 'InvalidResourceError';
  readonly code = 'InvalidResourceException';
}

export function rulesOf(principal: string, acls: readonly SpecAcl[]): AclRule[] {
  const rules = acls.flatMap((acl) => {
    const { type, name, patternType = 'literal' } = acl.resource;
    const resourceName = type === 'cluster' ? CLUSTER_NAME : name;
    if (resourceName === undefined)
      throw new InvalidResourceError(`an ACL for ${type} needs the name of its resource`);
    return (acl.operations ?? []).map((operation) => {
      const number = OPERATIONS[operation as keyof typeof OPERATIONS];
      if (number === undefined) throw new InvalidResourceError(`there is no operation ${operation}`);
      return {
        resourceType: RESOURCES[type],
        resourceName,
        resourcePatternType: type === 'cluster' ? PATTERNS.literal : PATTERNS[patternType],
        principal,
        host: acl.host ?? '*',
        operation: number,
        permissionType: PERMISSIONS[acl.type ?? 'allow'],
      };
    });
  });
  return [...new Map(rules.map((rule) => [keyOfRule(rule), rule])).values()];
}

export function diffRules(
  wanted: readonly AclRule[],
  present: readonly AclRule[],
): { add: AclRule[]; remove: AclRule[] } {
  const wantedKeys = new Set(wanted.map(keyOfRule));
  const presentKeys = new Set(present.map(keyOfRule));
  return {
    add: wanted.filter((rule) => !presentKeys.has(keyOfRule(rule))),
    remove: present.filter((rule) => !wantedKeys.has(keyOfRule(rule))),
  };
}

function keyOfRule(rule: AclRule): string {
  const { resourceType, resourceName, resourcePatternType, principal, host, operation, permissionType } =
    rule;
  return JSON.stringify([
    resourceType,
    resourceName,
    resourcePatternType,
    principal,
    host,
    operation,
    permissionType,
  ]);
}
