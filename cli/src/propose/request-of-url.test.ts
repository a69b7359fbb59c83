import { describe, expect, it } from '@jest/globals';
import { propose } from './proposal.ts';
import { requestOf } from './request-of-url.ts';

const ADDRESS = 'https://api.example.com/v1/data';

describe('the request of a URL', () => {
  it.each([
    'api_token',
    'securityToken',
    'registrationkey',
    'serviceKey',
    'client_secret',
    'password',
    'apikey',
    'X-API-KEY',
    'access_token',
    'auth',
    'sig',
  ])('keeps the value of %s out of the file', (name) => {
    const request = requestOf(`${ADDRESS}?symbol=IBM&${name}=s3cr3t-value`, 'feed');
    expect(request).toMatchObject({
      query: [{ name: 'symbol', value: 'IBM' }],
      auth: { apiKey: { query: name } },
      secrets: ['s3cr3t-value'],
      leftOut: [],
    });
    expect(
      propose('[{"id":"a","v":1}]', {
        name: 'feed',
        namespace: 'default',
        url: `${ADDRESS}?${name}=s3cr3t-value`,
      }),
    ).not.toContain('s3cr3t');
  });

  it('takes the key of an app for one, and its id for none', () => {
    expect(requestOf(`${ADDRESS}?app_id=12345&app_key=s3cr3t`, 'feed')).toMatchObject({
      query: [{ name: 'app_id', value: '12345' }],
      auth: { apiKey: { query: 'app_key' } },
    });
    expect(requestOf(`${ADDRESS}?app_id=12345`, 'feed')).toMatchObject({ auth: undefined, secrets: [] });
  });

  it.each(['keywords', 'author', 'pageToken', 'symbol', 'keyType'])('takes %s for no secret', (name) => {
    expect(requestOf(`${ADDRESS}?${name}=x`, 'feed')).toMatchObject({ auth: undefined, query: [{ name }] });
  });

  it('names what it left out beside the one that a declaration can hold', () => {
    const url = `${ADDRESS}?client_secret=s3cr3t-a&api_key=s3cr3t-b`;
    expect(requestOf(url, 'feed')).toMatchObject({
      query: [],
      auth: { apiKey: { query: 'api_key' } },
      leftOut: ['client_secret'],
    });
    const yaml = propose('[{"id":"a","v":1}]', { name: 'feed', namespace: 'default', url });
    expect(yaml).not.toContain('s3cr3t');
    expect(yaml).toMatch(/TODO left out as secrets.*client_secret/);
  });

  it('makes user and password of a URL HTTP Basic', () => {
    const url = 'https://user:p@ss%20word@api.example.com/v1/data?symbol=IBM';
    expect(requestOf(url, 'feed')).toMatchObject({
      url: ADDRESS,
      auth: { basic: { passwordFrom: { secretKeyRef: { name: 'feed', key: 'password' } } } },
      secrets: ['user', 'user', 'p@ss%20word', 'p@ss word'],
    });
    const yaml = propose('[{"id":"a","v":1}]', { name: 'feed', namespace: 'default', url });
    expect(yaml).not.toMatch(/user:|p@ss/);
    expect(yaml).toContain('under username and password');
  });
});
