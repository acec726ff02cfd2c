/**
 * A bounded queue that serves its sources in turn. When it is full, the source that has most in it
 * gives up its newest item: a sender who floods it loses only what is their own.
 */
export class FairQueue<T> {
  readonly #max: number;
  readonly #sourcesMax: number;
  readonly #bySource = new Map<string, T[]>();
  #size = 0;

  constructor(limits: { readonly itemsMax: number; readonly sourcesMax: number }) {
    this.#max = limits.itemsMax;
    this.#sourcesMax = limits.sourcesMax;
  }

  get size(): number {
    return this.#size;
  }

  /** The item that had to give way, which may be the new one; null if there was room. */
  push(source: string, item: T): T | null {
    // Too many sources share one: names that anybody makes up must not fill the map.
    const isKnown = this.#bySource.has(source) || this.#bySource.size < this.#sourcesMax;
    const name = isKnown ? source : '';
    const items = this.#bySource.get(name) ?? [];
    items.push(item);
    this.#bySource.set(name, items);
    this.#size++;
    // mutant queue-of-refusals-is-bounded: condition -> true
    if (this.#size <= this.#max) return null;
    return this.#dropNewest();
  }

  /** The next item, of the source that waited longest for its turn. */
  shift(): T | null {
    const [next] = this.#bySource;
    if (next === undefined) return null;
    const [source, items] = next;
    const item = items.shift() ?? null;
    this.#bySource.delete(source);
    if (items.length > 0) this.#bySource.set(source, items);
    if (item !== null) this.#size--;
    return item;
  }

  #dropNewest(): T | null {
    let largest: readonly [string, T[]] | null = null;
    // mutant flood-pays-itself: condition -> largest === null
    for (const one of this.#bySource)
      if (largest === null || one[1].length > largest[1].length) largest = one;
    const dropped = largest?.[1].pop() ?? null;
    if (largest !== null && largest[1].length === 0) this.#bySource.delete(largest[0]);
    if (dropped !== null) this.#size--;
    return dropped;
  }
}
