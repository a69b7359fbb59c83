import type { Broker, Component } from '../plan/index.ts';

/** Passwords of the Kafka users, base64 as the API has them; empty where there is no login. */
export type Passwords = Record<Component, string>;

/** What the pods need of their Kafka, once topics and users are there. */
export interface KafkaAccess {
  broker: Broker;
  /** As Kafka writes it. */
  topicId: string;
  passwords: Passwords;
}
