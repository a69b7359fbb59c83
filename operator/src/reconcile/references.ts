/** Which feeds look at an object that is not theirs (a Secret of the user, a Kafka), so that its change reaches them. */
export class References {
  readonly #feeds = new Map<string, Set<string>>();
  readonly #objects = new Map<string, Set<string>>();

  /** Before the object is read, so that no change of it is missed. */
  add(feed: string, object: string): void {
    const feeds = this.#feeds.get(object);
    if (feeds === undefined) this.#feeds.set(object, new Set([feed]));
    else feeds.add(feed);
    const objects = this.#objects.get(feed);
    if (objects === undefined) this.#objects.set(feed, new Set([object]));
    else objects.add(object);
  }

  /** Of what `feed` referred to, it refers to these alone by now. */
  keepOnly(feed: string, objects: ReadonlySet<string>): void {
    const known = this.#objects.get(feed);
    for (const object of known ?? []) {
      if (objects.has(object)) continue;
      known?.delete(object);
      this.#leave(object, feed);
    }
    if (known?.size === 0) this.#objects.delete(feed);
  }

  feedsOf(object: string): string[] {
    return [...(this.#feeds.get(object) ?? [])];
  }

  #leave(object: string, feed: string): void {
    const feeds = this.#feeds.get(object);
    feeds?.delete(feed);
    if (feeds?.size === 0) this.#feeds.delete(object);
  }
}

export type ReferredKind = 'Secret' | 'Kafka' | 'APIQuota';

/** `Secret/ns/name`, `Kafka/ns/name`. */
export function referenceTo(kind: ReferredKind, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}
