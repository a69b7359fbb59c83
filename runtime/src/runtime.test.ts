import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import {
  ConfigError,
  Counter,
  createLogger,
  loadConfig,
  Registry,
  SecretFolder,
  SecretRegistry,
  startPodServer,
  Watchdog,
} from './index.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-runtime-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('secrets', () => {
  it('are read again when the mounted file is swapped', async () => {
    const secrets = new SecretFolder(folder, new SecretRegistry());
    await writeFile(join(folder, 'password'), 'first\n');
    expect(await secrets.read('password')).toBe('first');
    await writeFile(join(folder, 'password'), 'second');
    expect(await secrets.read('password')).toBe('second');
  });

  it('can be read where nothing can be awaited, under the same rules', async () => {
    const registry = new SecretRegistry();
    const secrets = new SecretFolder(folder, registry);
    await writeFile(join(folder, 'password'), 'rotated-1\n');
    expect(secrets.readSync('password')).toBe('rotated-1');
    expect(registry.redact('it is rotated-1')).toBe('it is [redacted]');
    expect(() => secrets.readSync('missing')).toThrow(/has the key missing/);
    expect(() => secrets.readSync('../password')).toThrow(/outside/);
    await writeFile(join(folder, 'ca.crt'), 'public-authority');
    secrets.readSync('ca.crt', { secret: false });
    expect(registry.redact('public-authority')).toBe('public-authority');
    expect(JSON.stringify({ secrets, text: String(secrets) })).not.toContain('rotated-1');
  });

  it('name the missing key and never leave their folder', async () => {
    await mkdir(join(folder, 'in'));
    await writeFile(join(folder, 'other'), 'x');
    const secrets = new SecretFolder(join(folder, 'in'), new SecretRegistry());
    await expect(secrets.read('alpha/apiKey')).rejects.toThrow(/has the key apiKey/);
    await expect(secrets.read('../other')).rejects.toThrow(/outside/);
  });

  it('never reach a log line, whatever they are made of', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8, maxLength: 40 }), (value) => {
        const registry = new SecretRegistry();
        registry.add(value);
        const lines: string[] = [];
        const logger = createLogger({ component: 't', registry, write: (line) => lines.push(line) });
        const wrapped = `<<<${value}>>>`;
        logger.info({ url: `https://h/?k=${encodeURIComponent(value)}`, nested: { wrapped } }, wrapped);
        const parsed = JSON.parse(lines[0] ?? '') as {
          msg: string;
          url: string;
          nested: { wrapped: string };
        };
        expect(parsed.msg).toBe('<<<[redacted]>>>');
        expect(parsed.nested.wrapped).toBe('<<<[redacted]>>>');
        expect(parsed.url).toBe('https://h/?k=[redacted]');
      }),
    );
  });
});

describe('loadConfig', () => {
  it('names the field that is wrong', async () => {
    const path = join(folder, 'config.json');
    await writeFile(path, '{"kafka":{"port":"x"}}');
    const schema = z.object({ kafka: z.object({ port: z.number() }) });
    await expect(loadConfig(schema, { TRIBUTARY_CONFIG: path })).rejects.toThrow(/kafka\.port/);
    await expect(loadConfig(schema, {})).rejects.toThrow(ConfigError);
    await expect(loadConfig(schema, { TRIBUTARY_CONFIG: join(folder, 'none') })).rejects.toThrow(
      /cannot be read/,
    );
  });
});

describe('the pod server', () => {
  it('tells health, readiness, metrics and status', async () => {
    let now = 0;
    let ready = false;
    const watchdog = new Watchdog(() => now);
    const metrics = new Registry();
    const secrets = new SecretRegistry();
    secrets.add('hunter22');
    new Counter({ name: 'tributary_test_total', help: 'test', registers: [metrics] }).inc(3);
    const server = await startPodServer({
      address: '127.0.0.1',
      port: 0,
      metrics,
      watchdog,
      secrets,
      ready: () => ready,
      status: () => ({ echo: 'hunter22' }),
    });
    const get = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
      return `${response.status} ${(await response.text()).trim()}`;
    };
    try {
      expect(await get('/readyz')).toMatch(/^503/);
      ready = true;
      expect(await get('/readyz')).toBe('200 ok');
      watchdog.progress('poll', 100);
      expect(await get('/healthz')).toBe('200 ok');
      now = 101;
      expect(await get('/healthz')).toBe('503 stuck: poll');
      watchdog.done('poll');
      expect(await get('/healthz')).toBe('200 ok');
      expect(await get('/metrics')).toContain('tributary_test_total 3');
      expect(await get('/status')).toBe('200 {"echo":"[redacted]"}');
      expect(await get('/')).toMatch(/^404/);
    } finally {
      await server.close();
    }
  });
});
