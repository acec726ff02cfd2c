/** Who asked: the address of the connection, and a namespace, which anybody makes up. */
export interface DecisionSource {
  readonly address: string;
  readonly namespace: string;
}

/** The part of the names that one address may have. */
const ADDRESS_SHARE = 1 / 4;

/**
 * The name under which a source is counted beside others. One address has a share of the names, and
 * shares one name for its other namespaces: made-up ones leave room for other addresses.
 */
export function nameWithin(
  { address, namespace }: DecisionSource,
  known: ReadonlyMap<string, unknown>,
  namesMax: number,
): string {
  const own = `${address} ${namespace}`;
  if (known.has(own)) return own;
  const names = [...known.keys()].filter((name) => name.startsWith(`${address} `)).length;
  // mutant one-address-takes-all-names by decision-log: operand 2 -> true
  if (known.size < namesMax && names < namesMax * ADDRESS_SHARE) return own;
  const shared = `${address} `;
  return known.has(shared) || known.size < 2 * namesMax ? shared : '';
}

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
  push(source: DecisionSource, item: T): T | null {
    const name = nameWithin(source, this.#bySource, this.#sourcesMax);
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
