import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { whyRefused, type FederationPolicy } from './federation.ts';

const NOW = 1_800_000_000;
const [own, other] = [
  generateKeyPairSync('rsa', { modulusLength: 2_048 }),
  generateKeyPairSync('rsa', { modulusLength: 2_048 }),
];
const policy: FederationPolicy = {
  issuer: 'https://cluster.example.com',
  audiences: ['databricks', 'lakehouse'],
  subject: 'system:serviceaccount:markets:lander',
  jwks: { keys: [{ ...own.publicKey.export({ format: 'jwk' }), kid: 'one' }] },
};

interface Change {
  claims?: object;
  header?: object;
  key?: KeyObject;
}

function token({ claims = {}, header = {}, key = own.privateKey }: Change): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const said = { iss: policy.issuer, sub: policy.subject, aud: ['databricks'], exp: NOW + 600, ...claims };
  const text = `${part({ alg: 'RS256', kid: 'one', ...header })}.${part(said)}`;
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), key).toString('base64url')}`;
}

const why = (change: Change): string | undefined => whyRefused(token(change), [policy], NOW * 1_000);

it('a token of the workload that the policy names is let in, whatever further audiences it has', () => {
  expect(why({})).toBeUndefined();
  expect(why({ claims: { aud: 'lakehouse' } })).toBeUndefined();
  expect(why({ claims: { aud: ['x', 'databricks'] } })).toBeUndefined();
});

it.each<[string, Change, RegExp]>([
  ['another issuer', { claims: { iss: 'https://evil.example.com' } }, /no federation policy/],
  [
    'another service account',
    { claims: { sub: 'system:serviceaccount:markets:default' } },
    /no federation policy/,
  ],
  ['an audience for something else', { claims: { aud: ['https://kubernetes.default.svc'] } }, /audience/],
  ['a key of somebody else', { key: other.privateKey }, /signature/],
  ['an unknown key', { header: { kid: 'two' } }, /signature/],
  ['no signature at all', { header: { alg: 'none' } }, /signature/],
  ['an hour ago', { claims: { exp: NOW - 3_600 } }, /expired/],
  ['no end', { claims: { exp: undefined } }, /expired/],
  ['a time to come', { claims: { nbf: NOW + 3_600 } }, /not valid yet/],
])('a token of %s is refused', (_what, change, reason) => {
  expect(why(change)).toMatch(reason);
});

it('what is no token is refused', () => {
  for (const text of ['', 'x', 'a.b.c', '..', `${token({})}.more`])
    expect(whyRefused(text, [policy], NOW * 1_000)).toMatch(/no JWT/);
});
