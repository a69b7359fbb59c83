import { afterEach, describe, expect, it } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import type { KubeLog } from './log.ts';
import { silentLog } from './log.ts';
import { type Change, Reflector, type ReflectorOptions } from './reflector.ts';
import { ConfigMapResource } from './resources.ts';
import type { ConfigMap } from './kinds.ts';
import {
  type Answer,
  configMap,
  listOf,
  openWatch,
  type ScriptedServer,
  sendJson,
  sendStatus,
  startScriptedServer,
  until,
} from './testing/scripted-server.ts';
import { Turns } from './turns.ts';

let server: ScriptedServer;
const stop = { controller: new AbortController(), running: Promise.resolve() };

afterEach(async () => {
  stop.controller.abort();
  await stop.running;
  await server[Symbol.asyncDispose]();
});

/** Starts the server and a reflector on it, with short waits. */
async function reflect(answer: Answer, options: Partial<ReflectorOptions<ConfigMap>> = {}) {
  server = await startScriptedServer(answer);
  const changes: string[] = [];
  const reflector = new Reflector<ConfigMap>({
    client: server.client({ limits: { watchIdleMs: 100, maxRetries: 0 } }),
    type: ConfigMapResource,
    backoff: { baseMs: 5, maxMs: 20, jitter: 0.5 },
    handler: (change: Change<ConfigMap>) => {
      const { object, old } = change;
      const from = old?.metadata.resourceVersion ?? '-';
      changes.push(`${change.type} ${object.metadata.name} ${from}>${object.metadata.resourceVersion}`);
    },
    ...options,
  });
  stop.controller = new AbortController();
  stop.running = reflector.run(stop.controller.signal);
  return { reflector, changes };
}

const isWatch = (url: string | undefined) => url?.includes('watch=1') === true;
const watches = () => server.requests.filter((line) => isWatch(line));
const lists = () => server.requests.filter((line) => !isWatch(line));

describe('a reflector', () => {
  it('lists, then follows the watch from there, telling each change with what was before', async () => {
    const { reflector, changes } = await reflect((request, response) => {
      if (!isWatch(request.url))
        return sendJson(response, listOf([configMap('a', '1'), configMap('b', '2')], '5'));
      const watch = openWatch(response);
      watch.event('ADDED', configMap('c', '6'));
      watch.event('MODIFIED', configMap('a', '7'));
      watch.event('DELETED', configMap('b', '8'));
    });
    await reflector.synced;
    expect(changes.slice(0, 2)).toEqual(['added a ->1', 'added b ->2']);
    await until(() => changes.length >= 5);
    expect(changes.slice(2)).toEqual(['added c ->6', 'updated a 1>7', 'deleted b 2>8']);
    expect(new Set(reflector.store.keys())).toEqual(new Set(['default/a', 'default/c']));
    expect(reflector.store.list('other')).toEqual([]);
    expect(watches()[0]).toContain('resourceVersion=5');
    expect(watches()[0]).toContain('allowWatchBookmarks=true');
  });

  it('goes on from the last bookmark when the server ends the watch, without listing again', async () => {
    await reflect((request, response) => {
      if (!isWatch(request.url)) return sendJson(response, listOf([], '5'));
      openWatch(response).event('BOOKMARK', { kind: 'ConfigMap', metadata: { resourceVersion: '40' } });
      if (watches().length === 1) response.end();
    });
    await until(() => watches().length === 2);
    expect(watches()[1]).toContain('resourceVersion=40');
    expect(lists()).toHaveLength(1);
  });

  it('lists again after 410 and tells only what changed meanwhile, deletions included', async () => {
    const { changes } = await reflect((request, response) => {
      if (isWatch(request.url)) {
        if (watches().length > 1) return void openWatch(response);
        return openWatch(response).event('ERROR', { kind: 'Status', code: 410, reason: 'Expired' });
      }
      const first = lists().length === 1;
      const items = first
        ? [configMap('same', '1'), configMap('gone', '2'), configMap('new', '3')]
        : [configMap('same', '1'), configMap('new', '9')];
      sendJson(response, listOf(items, first ? '5' : '10'));
    });
    await until(() => changes.length >= 5);
    expect(changes.slice(3)).toEqual(['updated new 3>9', 'deleted gone 2>2']);
    await until(() => watches().length === 2);
    expect(watches()[1]).toContain('resourceVersion=10');
  });

  it('keeps what a list brings again as it was, so that a list of what is known takes no memory', async () => {
    const kept: string[] = [];
    const { reflector } = await reflect(
      (request, response) => {
        if (isWatch(request.url)) {
          if (watches().length > 1) return void openWatch(response);
          return openWatch(response).event('ERROR', { kind: 'Status', code: 410, reason: 'Expired' });
        }
        const version = lists().length === 1 ? '3' : '9';
        sendJson(response, listOf([configMap('same', '1'), configMap('new', version)], version));
      },
      {
        transform: (object) => {
          kept.push(`${object.metadata.name} ${object.metadata.resourceVersion}`);
          return object;
        },
      },
    );
    await until(() => watches().length === 2);
    expect(kept).toEqual(['same 1', 'new 3', 'new 9']);
    expect(reflector.store.get('new', 'default')?.metadata.resourceVersion).toBe('9');
  });

  it('lists when it is its turn, and watches without one', async () => {
    const turns = new Turns(60_000);
    const turn = Promise.withResolvers<void>();
    const { signal } = new AbortController();
    const before = turns.take(() => turn.promise, signal);
    const { reflector } = await reflect(
      (request, response) => {
        if (isWatch(request.url)) openWatch(response);
        else sendJson(response, listOf([configMap('a', '1')], '5'));
      },
      { turns },
    );
    // Whatever it would have sent by itself has come by then.
    for (let i = 0; i < 3; i += 1) await server.client().text('/readyz');
    expect(server.requests).toEqual(['GET /readyz', 'GET /readyz', 'GET /readyz']);
    turn.resolve();
    await before;
    await reflector.synced;
    await until(() => watches().length === 1);
    await turns.take(async () => undefined, signal);
  });

  it('tells a deletion and an addition when an object was made anew while nobody watched', async () => {
    const { changes } = await reflect((request, response) => {
      if (!isWatch(request.url)) return sendJson(response, listOf([configMap('a', '1')], '5'));
      const again = configMap('a', '9');
      again.metadata.uid = 'another';
      openWatch(response).event('MODIFIED', again);
    });
    await until(() => changes.length >= 3);
    expect(changes).toEqual(['added a ->1', 'deleted a 1>1', 'added a ->9']);
  });

  it('outlives everything: 500s, a refused watch, a broken event, silence', async () => {
    const faults: ((response: ServerResponse) => void)[] = [
      (response) => sendStatus(response, 500, 'InternalError'),
      (response) => sendStatus(response, 403, 'Forbidden'),
      (response) => response.end('{"type":"ADDED","obj'),
      (response) => response.end('no json\n'),
      (response) => response.socket?.destroy(),
      (response) => response.end(),
      (response) => void openWatch(response),
      (response) => openWatch(response).event('ADDED', configMap('last', '9')),
    ];
    const { changes } = await reflect((request, response) => {
      if (isWatch(request.url)) return (faults[watches().length - 1] ?? openWatch)(response);
      if (lists().length < 3) return sendStatus(response, 500, 'InternalError');
      sendJson(response, listOf([configMap('a', '1')], '5'));
    });
    await until(() => changes.includes('added last ->9'));
    expect(changes).toEqual(['added a ->1', 'added last ->9']);
    expect(lists()).toHaveLength(3);
  });

  it('does not ask in a tight loop when every watch is expired at once', async () => {
    await reflect(
      (request, response) => {
        if (isWatch(request.url)) sendStatus(response, 410, 'Expired');
        else sendJson(response, listOf([], '5'));
      },
      { backoff: { baseMs: 10_000, maxMs: 10_000 } },
    );
    await until(() => watches().length === 2);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(lists()).toHaveLength(2);
  });

  it('reports a handler that throws, and goes on', async () => {
    const errors: string[] = [];
    const log: KubeLog = { ...silentLog, error: (_, message) => errors.push(message) };
    const { reflector } = await reflect(
      (request, response) => {
        if (!isWatch(request.url)) return sendJson(response, listOf([configMap('a', '1')], '5'));
        openWatch(response).event('ADDED', configMap('b', '6'));
      },
      {
        log,
        handler: () => {
          throw new Error('bug');
        },
      },
    );
    await until(() => reflector.store.size === 2);
    expect(errors).toEqual(['a change handler threw', 'a change handler threw']);
  });

  it('stops at once, also during back-off, and then asks nothing more', async () => {
    await reflect((_, response) => sendStatus(response, 500, 'InternalError'), {
      backoff: { baseMs: 60_000, maxMs: 60_000 },
    });
    await until(() => server.requests.length === 1);
    stop.controller.abort();
    await stop.running;
    expect(server.requests).toHaveLength(1);
  });

  it('finds objects by index, and drops managedFields', async () => {
    const { reflector } = await reflect(
      (request, response) => {
        if (isWatch(request.url))
          return openWatch(response).event('MODIFIED', configMap('b', '9', { owner: 'y' }));
        const items = [configMap('a', '1', { owner: 'x' }), configMap('b', '2', { owner: 'x' })];
        items.forEach(({ metadata }) => Object.assign(metadata, { managedFields: [{}] }));
        sendJson(response, listOf(items, '5'));
      },
      {
        indexes: { owner: (object) => (object.data?.['owner'] === undefined ? [] : [object.data['owner']]) },
      },
    );
    await until(() => reflector.store.byIndex('owner', 'y').length === 1);
    expect(reflector.store.byIndex('owner', 'x').map(({ metadata }) => metadata.name)).toEqual(['a']);
    expect(reflector.store.get('a', 'default')?.metadata.managedFields).toBeUndefined();
  });

  it('tells a late subscriber everything that is there', async () => {
    const { reflector } = await reflect((request, response) => {
      if (isWatch(request.url)) openWatch(response);
      else sendJson(response, listOf([configMap('a', '1')], '5'));
    });
    await reflector.synced;
    const seen: string[] = [];
    const leave = reflector.subscribe((change) => seen.push(`${change.type} ${change.object.metadata.name}`));
    expect(seen).toEqual(['added a']);
    leave();
  });
});
