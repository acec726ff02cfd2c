import { describe, expect, it } from 'vitest';
import { getOwn, setOwn } from './own.ts';

describe('A member by a name from outside', () => {
  it('truth B2: is what the object itself has, and nothing that it inherits', () => {
    const table: { [name: string]: number } = { a: 1 };
    for (const name of ['constructor', 'toString', '__proto__', 'valueOf'])
      expect(getOwn(table, name)).toBeUndefined();
    expect(getOwn(table, 'a')).toBe(1);
  });

  it('truth B2: is written as a member, whatever its name', () => {
    const table: { [name: string]: object } = {};
    for (const name of ['a', '__proto__']) setOwn(table, name, { name });
    expect(Object.keys(table)).toEqual(['a', '__proto__']);
    expect(getOwn(table, '__proto__')).toEqual({ name: '__proto__' });
    expect(Object.getPrototypeOf(table)).toBe(Object.prototype);
  });
});
