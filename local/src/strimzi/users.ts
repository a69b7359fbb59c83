/** The stand-in's user operator: KafkaUser → password, rights and Secret. */
import { createHash } from 'node:crypto';
import {
  Applier,
  type Clock,
  type KubeClient,
  type KubeLog,
  Reflector,
  type Secret,
  SecretResource,
  sleep,
  splitKey,
} from '@tributary/operator/kube';
import { diffRules, InvalidResourceError, rulesOf } from './acl-rules.ts';
import { BrokerError } from './broker-connection.ts';
import type { BrokerUsers } from './broker-users.ts';
import { Controller } from './controller.ts';
import {
  CLUSTER_LABEL,
  type Condition,
  type KafkaUser,
  KafkaUserResource,
  KIND_LABEL,
  PAUSED_ANNOTATION,
} from './resources.ts';
import { passwordIn, randomPassword, userSecret } from './user-secret.ts';
import { notReady, ready, writeStatus } from './write-status.ts';

export interface UserOperatorOptions {
  client: KubeClient;
  clock: Clock;
  log: KubeLog;
  namespace: string;
  cluster: string;
  users: BrokerUsers;
  /** Never touched: the broker's own admin. */
  adminName: string;
  resyncMs: number;
}

export class UserOperator {
  readonly #options: UserOperatorOptions;
  readonly #controller: Controller<KafkaUser>;
  readonly #secrets: Reflector<Secret>;
  readonly #applier: Applier;
  /** Which password the broker was given: it never tells, so it is set once anew after each start. */
  readonly #given = new Map<string, string>();

  constructor(options: UserOperatorOptions) {
    const { client, clock, log, namespace, cluster, resyncMs } = options;
    this.#options = options;
    this.#applier = new Applier({ client, fieldManager: 'strimzi-user-operator' });
    this.#controller = new Controller<KafkaUser>({
      client,
      type: KafkaUserResource,
      selector: { namespace, labelSelector: `${CLUSTER_LABEL}=${cluster}` },
      clock,
      log,
      resyncMs,
      reconcile: (key, signal) => this.#reconcile(key, signal),
    });
    this.#secrets = new Reflector<Secret>({
      client,
      type: SecretResource,
      selector: { namespace, labelSelector: `${CLUSTER_LABEL}=${cluster},${KIND_LABEL}=KafkaUser` },
      clock,
      log,
      // One that is changed or deleted by hand is made again.
      handler: ({ object }) => this.#controller.add(`${namespace}/${object.metadata.name}`),
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    const secrets = this.#secrets.run(signal);
    await Promise.race([this.#secrets.synced, secrets]);
    await Promise.all([secrets, this.#controller.run(signal), this.#sweep(signal)]);
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<void> {
    const { namespace = '', name } = splitKey(key);
    const user = this.#controller.store.get(name, namespace);
    if (name === this.#options.adminName) {
      if (user === undefined) return;
      return await this.#write(
        user,
        notReady('InvalidResourceException', 'this name is the broker admin of the local stack'),
        signal,
      );
    }
    if (user === undefined || user.metadata.deletionTimestamp !== undefined)
      return await this.#remove(name, namespace, signal);
    if (user.metadata.annotations?.[PAUSED_ANNOTATION] === 'true')
      return await this.#write(user, { type: 'ReconciliationPaused', status: 'True' }, signal);
    let condition: Condition;
    try {
      await this.#converge(user, signal);
      condition = ready();
    } catch (error) {
      if (error instanceof InvalidResourceError) condition = notReady(error.code, error.message);
      else if (error instanceof BrokerError)
        condition = notReady('KafkaError', `${error.reason}: ${error.message}`);
      else throw error;
    }
    await this.#write(user, condition, signal);
  }

  async #converge(user: KafkaUser, signal: AbortSignal): Promise<void> {
    const { users } = this.#options;
    const { name } = user.metadata;
    const { authentication, authorization, quotas } = user.spec ?? {};
    if (authentication !== undefined && authentication.type !== 'scram-sha-512')
      throw new InvalidResourceError(
        `the local stand-in for Strimzi knows scram-sha-512 only, not ${authentication.type}`,
      );
    if (authorization !== undefined && authorization.type !== 'simple')
      throw new InvalidResourceError(
        `the local stand-in for Strimzi knows simple authorization only, not ${authorization.type}`,
      );
    if (quotas !== undefined && Object.keys(quotas).length > 0)
      throw new InvalidResourceError('the local stand-in for Strimzi sets no quotas');
    const principal = `User:${name}`;
    const wanted = rulesOf(principal, authorization?.acls ?? []);
    const { add, remove } = diffRules(wanted, await users.rules(principal));
    // Less first: a right that was withdrawn is gone before a new one comes.
    await users.removeRules(remove);
    await users.addRules(add);
    if (authentication === undefined) await this.#takeLogin(name, user.metadata.namespace ?? '', signal);
    else await this.#giveLogin(user, signal);
  }

  async #giveLogin(user: KafkaUser, signal: AbortSignal): Promise<void> {
    const { users } = this.#options;
    const { name, namespace } = user.metadata;
    const secret = this.#secrets.store.get(name, namespace);
    const password = (await this.#chosenPassword(user, signal)) ?? passwordIn(secret) ?? randomPassword();
    const hash = createHash('sha256').update(password).digest('hex');
    if (this.#given.get(name) !== hash || !(await users.withPassword()).has(name)) {
      await users.setPassword(name, password);
      this.#given.set(name, hash);
    }
    // After the broker has it, so that nobody reads a password that does not work yet.
    await this.#applier.apply(SecretResource, userSecret(user, password), secret, signal);
  }

  async #chosenPassword(user: KafkaUser, signal: AbortSignal): Promise<string | undefined> {
    const from = user.spec?.authentication?.password?.valueFrom.secretKeyRef;
    if (from === undefined) return undefined;
    const chosen = await this.#options.client.get(SecretResource, from.name, user.metadata.namespace, signal);
    const encoded = chosen?.data?.[from.key];
    if (encoded === undefined)
      throw new InvalidResourceError(`Secret ${from.name} with key ${from.key} does not exist`);
    return Buffer.from(encoded, 'base64').toString('utf8');
  }

  async #remove(name: string, namespace: string, signal: AbortSignal): Promise<void> {
    const { users } = this.#options;
    await users.removeRules(await users.rules(`User:${name}`));
    await this.#takeLogin(name, namespace, signal);
  }

  async #takeLogin(name: string, namespace: string, signal: AbortSignal): Promise<void> {
    this.#given.delete(name);
    await this.#options.users.removePassword(name);
    const secret = this.#secrets.store.get(name, namespace);
    if (secret?.metadata.uid !== undefined)
      await this.#options.client.delete(SecretResource, name, namespace, {
        uid: secret.metadata.uid,
        signal,
      });
  }

  /** Users of the broker whose KafkaUser went while nobody watched. */
  async #sweep(signal: AbortSignal): Promise<void> {
    const { users, namespace, adminName, clock, log, resyncMs } = this.#options;
    await this.#controller.synced;
    while (!signal.aborted) {
      try {
        const principals = (await users.rules(null)).map(({ principal }) => principal.replace(/^User:/, ''));
        const secrets = this.#secrets.store.list().map(({ metadata }) => metadata.name);
        for (const name of new Set([...principals, ...(await users.withPassword()), ...secrets]))
          if (name !== adminName && this.#controller.store.get(name, namespace) === undefined)
            this.#controller.add(`${namespace}/${name}`);
      } catch (error) {
        if (!signal.aborted)
          log.warn({ err: error }, 'the users of the broker could not be listed: trying again');
      }
      await sleep(clock, resyncMs, signal).catch(() => undefined);
    }
  }

  async #write(user: KafkaUser, condition: Condition, signal: AbortSignal): Promise<void> {
    const { client, clock } = this.#options;
    const { name } = user.metadata;
    const login =
      user.spec?.authentication !== undefined && condition.status === 'True' && condition.type === 'Ready';
    await writeStatus(
      client,
      KafkaUserResource,
      user,
      { conditions: [condition], username: name, ...(login ? { secret: name } : {}) },
      clock.now(),
      signal,
    );
  }
}
