import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cutToBytes, EventRecorder } from './events.ts';
import { FakeClock } from './testing/fake-clock.ts';
import {
  type ScriptedServer,
  sendJson,
  sendStatus,
  startScriptedServer,
  until,
} from './testing/scripted-server.ts';

let server: ScriptedServer;
const bodies: Record<string, unknown>[] = [];
let patchCode = 200;

beforeEach(async () => {
  bodies.length = 0;
  patchCode = 200;
  server = await startScriptedServer((request, response, body) => {
    const parsed = JSON.parse(body) as Record<string, unknown>;
    bodies.push(parsed);
    if (request.method === 'PATCH' && patchCode !== 200) sendStatus(response, patchCode, 'NotFound');
    else sendJson(response, { metadata: { name: 'x.1', namespace: 'n' }, ...parsed });
  });
});
afterEach(async () => server[Symbol.asyncDispose]());

const about = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'n', uid: 'u' } };
const content = { type: 'Normal' as const, reason: 'Started', note: 'it runs' };
const methods = () => server.requests.map((line) => line.split(' ')[0]);

describe('the event recorder', () => {
  it('writes a first event at once, and what repeats it as one patch a while later', async () => {
    const clock = new FakeClock();
    const recorder = new EventRecorder({ client: server.client(), controller: 'c', instance: 'i', clock });
    for (let n = 0; n < 100; n += 1) recorder.record(about, content);
    await until(() => bodies.length === 1);
    expect(bodies[0]).toMatchObject({
      reason: 'Started',
      action: 'Started',
      regarding: { kind: 'Pod', uid: 'u' },
    });
    await clock.advance(10_000);
    await until(() => bodies.length === 2);
    expect(bodies[1]).toMatchObject({ series: { count: 100 } });
    expect(methods()).toEqual(['POST', 'PATCH']);
  });

  it('begins a new event when the last one is long ago', async () => {
    const clock = new FakeClock();
    const recorder = new EventRecorder({ client: server.client(), controller: 'c', instance: 'i', clock });
    recorder.record(about, content);
    await clock.advance(6 * 60_000 + 1);
    recorder.record(about, content);
    await until(() => bodies.length === 2);
    expect(methods()).toEqual(['POST', 'POST']);
  });

  it('writes a series anew when the API server has dropped its event', async () => {
    const clock = new FakeClock();
    const recorder = new EventRecorder({ client: server.client(), controller: 'c', instance: 'i', clock });
    recorder.record(about, content);
    recorder.record(about, content);
    patchCode = 404;
    await until(() => bodies.length === 1);
    await clock.advance(10_000);
    await until(() => bodies.length === 3);
    expect(methods()).toEqual(['POST', 'PATCH', 'POST']);
    expect(bodies[2]).toMatchObject({ reason: 'Started', series: { count: 2 } });
  });

  it('lets an object that has had too much to tell go on after a while, and others all the time', async () => {
    const clock = new FakeClock();
    const recorder = new EventRecorder({ client: server.client(), controller: 'c', instance: 'i', clock });
    const tell = (note: string, metadata = about.metadata): void =>
      recorder.record({ ...about, metadata }, { ...content, note });
    for (let n = 0; n < 40; n += 1) tell(`news ${n}`);
    tell('of another', { ...about.metadata, name: 'q', uid: 'v' });
    await until(() => bodies.some(({ note }) => note === 'of another'));
    expect(bodies.map(({ note }) => note).toSorted()).toEqual(
      [...Array.from({ length: 25 }, (_, n) => `news ${n}`), 'of another'].toSorted(),
    );
    await clock.advance(300_000);
    tell('later');
    tell('too soon');
    await recorder.close();
    expect(bodies.slice(26).map(({ note }) => note)).toEqual(['later']);
  });

  it('never throws at its caller, whatever the server says', async () => {
    const warnings: string[] = [];
    const nothing = () => undefined;
    const log = {
      debug: nothing,
      info: nothing,
      error: nothing,
      warn: (_: object, text: string) => warnings.push(text),
    };
    await server[Symbol.asyncDispose]();
    const recorder = new EventRecorder({ client: server.client(), controller: 'c', instance: 'i', log });
    recorder.record(about, content);
    await recorder.close();
    expect(warnings).toEqual(['cannot write an event']);
    server = await startScriptedServer(() => undefined);
  });

  it('cuts a note to bytes without halving a character', () => {
    expect(cutToBytes('kurz', 10)).toBe('kurz');
    const cut = cutToBytes('ä'.repeat(20), 10);
    expect(cut).toBe('äää…');
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(10);
  });
});
