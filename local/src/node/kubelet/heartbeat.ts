/** Registers the node and shows that it lives: its Lease in kube-node-lease, its status now and then. */
import {
  type Clock,
  type KubeClient,
  type KubeLog,
  KubeApiError,
  type Lease,
  LeaseResource,
  NodeResource,
  sleep,
} from '@tributary/operator/kube';
import { LOCAL_NODE_LABEL, type NodeFacts, nodeObject, nodeStatus } from '../node-object.ts';
import type { Node } from '../types.ts';

const LEASE_NAMESPACE = 'kube-node-lease';
/** The kubelet's figures: a Lease of 40 s renewed every 10 s, a status every 5 minutes. */
const LEASE_SECONDS = 40;
const RENEW_MS = 10_000;
const STATUS_MS = 300_000;

export class Heartbeat {
  readonly #client: KubeClient;
  readonly #clock: Clock;
  readonly #log: KubeLog;
  readonly #facts: NodeFacts;
  #lease: Lease | undefined;

  constructor(client: KubeClient, clock: Clock, log: KubeLog, facts: NodeFacts) {
    this.#client = client;
    this.#clock = clock;
    this.#log = log;
    this.#facts = facts;
  }

  /** Makes the Node, or takes over the one of an earlier run. */
  async register(signal: AbortSignal): Promise<Node> {
    const { name } = this.#facts;
    let node = await this.#client.get(NodeResource, name, undefined, signal);
    if (node !== undefined && node.metadata.labels?.[LOCAL_NODE_LABEL] !== 'true')
      throw new Error(`there is a node ${name} already, and it is not a local one`);
    node ??= await this.#client.create(NodeResource, nodeObject(this.#facts), { signal });
    await this.writeStatus(true, signal);
    await this.#renew(signal);
    return node;
  }

  async run(signal: AbortSignal): Promise<void> {
    let statusAt = this.#clock.monotonic();
    let renewedAt = this.#clock.now();
    while (!signal.aborted) {
      await sleep(this.#clock, RENEW_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      try {
        await this.#renew(signal);
        // After a gap (the machine slept) the control plane has given the node up: a Lease alone does not bring it back.
        const gap = this.#clock.now() - renewedAt > LEASE_SECONDS * 1000;
        renewedAt = this.#clock.now();
        if (!gap && this.#clock.monotonic() - statusAt < STATUS_MS) continue;
        await this.writeStatus(true, signal);
        statusAt = this.#clock.monotonic();
      } catch (error) {
        if (!signal.aborted)
          this.#log.warn({ err: error }, 'the heartbeat of the local node failed: trying again');
      }
    }
  }

  async writeStatus(ready: boolean, signal?: AbortSignal): Promise<void> {
    const { name } = this.#facts;
    const node = await this.#client.get(NodeResource, name, undefined, signal);
    const now = new Date(this.#clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
    const status = nodeStatus(this.#facts, now, ready, node?.status);
    await this.#client.mergePatch(
      NodeResource,
      name,
      undefined,
      { status },
      {
        subresource: 'status',
        ...(signal === undefined ? {} : { signal }),
      },
    );
  }

  async #renew(signal: AbortSignal): Promise<void> {
    const { name } = this.#facts;
    const renewTime = new Date(this.#clock.now()).toISOString().replace('Z', '000Z');
    const spec = { holderIdentity: name, leaseDurationSeconds: LEASE_SECONDS, renewTime };
    try {
      this.#lease ??= await this.#client.get(LeaseResource, name, LEASE_NAMESPACE, signal);
      this.#lease =
        this.#lease === undefined
          ? await this.#client.create<Lease>(
              LeaseResource,
              {
                apiVersion: 'coordination.k8s.io/v1',
                kind: 'Lease',
                metadata: { name, namespace: LEASE_NAMESPACE },
                spec,
              },
              { signal },
            )
          : await this.#client.update(LeaseResource, { ...this.#lease, spec }, { signal });
    } catch (error) {
      // Read anew next time: somebody else wrote or removed it.
      this.#lease = undefined;
      if (error instanceof KubeApiError && (error.isConflict || error.isAlreadyExists)) return;
      throw error;
    }
  }
}
