import { expect, it } from '@jest/globals';
import { DeploymentResource, type Deployment } from '../../kube/index.ts';
import { ownedBy } from '../../plan/index.ts';
import type { FeedContext } from '../context.ts';
import { haltPods } from './halt.ts';

const FEED = { namespace: 'markets', name: 'sp500', uid: 'u1' };

function deployment(name: string, replicas: number, owner = FEED): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name,
      namespace: 'markets',
      uid: `${name}-uid`,
      resourceVersion: '7',
      ownerReferences: ownedBy(owner),
    },
    spec: { replicas, selector: {}, template: {} },
  };
}

async function halted(...there: Deployment[]): Promise<unknown[]> {
  const patches: unknown[] = [];
  const deployments = {
    type: DeploymentResource,
    get: (name: string) => there.find(({ metadata }) => metadata.name === name),
    wrote: () => undefined,
  };
  const client = { mergePatch: async (...[, name, , patch]: unknown[]) => patches.push([name, patch]) };
  const context = { ...FEED, env: { caches: { deployments }, client } } as unknown as FeedContext;
  await haltPods(context, ['producer', 'consumer']);
  return patches;
}

it('scales to zero what was seen, as it was seen, and nothing of others', async () => {
  const theirs = deployment('sp500-consumer', 1, { ...FEED, uid: 'another' });
  expect(await halted(deployment('sp500-producer', 1), theirs)).toEqual([
    [
      'sp500-producer',
      { metadata: { uid: 'sp500-producer-uid', resourceVersion: '7' }, spec: { replicas: 0 } },
    ],
  ]);
  expect(await halted(deployment('sp500-producer', 0))).toEqual([]);
});
