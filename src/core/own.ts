/**
 * The member that `table` itself has under `name`; undefined if it has none. A plain object also
 * answers to `constructor` and the other names that every object inherits, so a name from outside
 * is looked up in no other way (`tools/lookups.ts`).
 *
 * @example getOwn({ a: 1 }, 'constructor') // undefined
 */
export function getOwn<T>(table: { readonly [name: string]: T }, name: string): T | undefined {
  // mutant own-name-read: value -> $branch
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** Puts a member under a name from outside: `__proto__` must not become a prototype. */
export function setOwn<T>(table: { [name: string]: T }, name: string, value: T): void {
  // mutant own-name-written: condition -> true
  if (name !== '__proto__') table[name] = value;
  else
    Object.defineProperty(table, name, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
}
