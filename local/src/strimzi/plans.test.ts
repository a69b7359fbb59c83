import { describe, expect, it } from '@jest/globals';
import { diffRules, rulesOf } from './acl-rules.ts';
import { kafkaUuid } from './broker-topics.ts';
import type { KafkaTopic } from './resources.ts';
import { planTopic } from './topic-plan.ts';
import { randomPassword } from './user-secret.ts';

const topic = (spec: KafkaTopic['spec'] & object, status: KafkaTopic['status'] = {}): KafkaTopic => ({
  apiVersion: 'kafka.strimzi.io/v1',
  kind: 'KafkaTopic',
  metadata: { name: 't' },
  spec,
  status,
});
const present = {
  id: 'x',
  partitions: 2,
  replicas: 1,
  config: { 'retention.ms': '1', 'cleanup.policy': 'delete' },
};

describe('the plan for a topic', () => {
  it('makes it, with the broker’s defaults where nothing is said', () => {
    expect(planTopic(topic({ config: { a: 1, b: true, c: ['x', 'y'] } }), undefined)).toEqual({
      kind: 'create',
      partitions: -1,
      replicas: -1,
      config: { a: '1', b: 'true', c: 'x,y' },
    });
  });

  it('changes only what differs, and takes back what is no longer said', () => {
    const config = { 'retention.ms': 2, 'cleanup.policy': 'delete' };
    expect(planTopic(topic({ partitions: 3, config }), present)).toEqual({
      kind: 'alter',
      growTo: 3,
      set: { 'retention.ms': '2' },
      unset: [],
    });
    expect(planTopic(topic({ config: { 'retention.ms': 1 } }), present)).toEqual({
      kind: 'alter',
      growTo: undefined,
      set: {},
      unset: ['cleanup.policy'],
    });
    expect(planTopic(topic({ partitions: 2, replicas: 1, config: present.config }), present)).toEqual({
      kind: 'nothing',
    });
  });

  it('refuses what Strimzi refuses', () => {
    expect(planTopic(topic({ partitions: 1 }), present)).toMatchObject({
      kind: 'refuse',
      message: 'Decreasing partitions not supported',
    });
    expect(planTopic(topic({ replicas: 3 }), present)).toMatchObject({
      message: 'Replication factor change not supported, but required for partitions [0, 1]',
    });
    expect(planTopic(topic({ topicName: 'u' }, { topicName: 't' }), present)).toMatchObject({
      message: 'Changing spec.topicName is not supported',
    });
  });
});

describe('the rules of a user', () => {
  const acl = (operations: string[], more: object = {}) => ({
    resource: { type: 'topic' as const, name: 't' },
    operations,
    ...more,
  });

  it('are one for each operation, and none twice', () => {
    const rules = rulesOf('User:u', [acl(['Read', 'Write']), acl(['Read'])]);
    expect(rules.map(({ operation, host, permissionType }) => [operation, host, permissionType])).toEqual([
      [3, '*', 3],
      [4, '*', 3],
    ]);
  });

  it('differ by everything that they say', () => {
    const before = rulesOf('User:u', [acl(['Read']), acl(['Write'])]);
    const after = rulesOf('User:u', [acl(['Read'], { type: 'deny' }), acl(['Write'])]);
    const { add, remove } = diffRules(after, before);
    expect(add).toHaveLength(1);
    expect(remove).toEqual([before[0]]);
    expect(diffRules(before, before)).toEqual({ add: [], remove: [] });
  });

  it('are refused where Kafka has no such operation or no name is given', () => {
    expect(() => rulesOf('User:u', [acl(['Fly'])])).toThrow('no operation Fly');
    expect(() => rulesOf('User:u', [{ resource: { type: 'group' }, operations: ['Read'] }])).toThrow(
      'needs the name',
    );
  });
});

it('writes topic ids as Kafka does', () => {
  expect(kafkaUuid('00000000-0000-0000-0000-000000000000')).toBe('AAAAAAAAAAAAAAAAAAAAAA');
});

it('makes passwords of 32 letters and digits', () => {
  expect(randomPassword()).toMatch(/^[A-Za-z0-9]{32}$/);
  expect(randomPassword()).not.toBe(randomPassword());
});
