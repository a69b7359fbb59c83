/** Users and their rights as the broker has them. */
import {
  createAclsV3,
  deleteAclsV3,
  describeAclsV3,
  describeUserScramCredentialsV0,
} from '@platformatic/kafka';
import type { BrokerAccess } from '../broker/index.ts';
import { deleteScramUser, upsertScramUser } from '../broker/scram-users.ts';
import type { AclRule } from './acl-rules.ts';
import { type BrokerConnection, BrokerError } from './broker-connection.ts';

const ANY = 1;

export class BrokerUsers {
  readonly #connection: BrokerConnection;
  readonly #access: BrokerAccess;

  constructor(connection: BrokerConnection, access: BrokerAccess) {
    this.#connection = connection;
    this.#access = access;
  }

  /** Names of those who can log in by SCRAM. */
  async withPassword(): Promise<Set<string>> {
    const { results } = await this.#connection.ask((connection) =>
      describeUserScramCredentialsV0.api.async(connection, null),
    );
    return new Set(results.map(({ user }) => user));
  }

  async setPassword(name: string, password: string): Promise<void> {
    await upsertScramUser(this.#access, name, password);
  }

  /** One without a password counts as done. */
  async removePassword(name: string): Promise<void> {
    if ((await this.withPassword()).has(name)) await deleteScramUser(this.#access, name);
  }

  /** Of one principal, or of all. */
  async rules(principal: string | null): Promise<AclRule[]> {
    const filter = {
      resourceType: ANY,
      resourceName: null,
      resourcePatternType: ANY,
      principal,
      host: null,
      operation: ANY,
      permissionType: ANY,
    } as const;
    try {
      const { resources } = await this.#connection.ask((connection) =>
        describeAclsV3.api.async(connection, filter),
      );
      return resources.flatMap(({ acls, ...target }) =>
        acls.map((permission) => ({ ...plain(target), ...plain(permission) })),
      );
    } catch (error) {
      if (error instanceof BrokerError && error.reason === 'SECURITY_DISABLED')
        throw new Error('the broker has no authorizer: users cannot be limited', { cause: error });
      throw error;
    }
  }

  async addRules(rules: readonly AclRule[]): Promise<void> {
    if (rules.length > 0)
      await this.#connection.ask((connection) => createAclsV3.api.async(connection, [...rules]));
  }

  async removeRules(rules: readonly AclRule[]): Promise<void> {
    if (rules.length > 0)
      await this.#connection.ask((connection) => deleteAclsV3.api.async(connection, [...rules]));
  }
}

/** Answers of the protocol carry more than their fields, and none of it may travel back. */
function plain<T extends object>(object: T): T {
  return { ...object };
}
