import { describe, expect, it } from 'vitest';
import type { Purl } from '../../core/purl.ts';
import type { Component } from '../ecosystems/index.ts';
import { findDependencyPaths } from './dependency-path.ts';

const toPurl = (name: string): Purl => `pkg:npm/${name}@1.0.0` as Purl;

function listPath(
  relations: Readonly<Record<string, readonly string[]>>,
  direct: readonly string[] | undefined,
  name: string,
): string | null {
  const components = Object.entries(relations).map(
    ([own, needs]) => ({ purl: toPurl(own), dependsOn: needs.map(toPurl) }) as unknown as Component,
  );
  const inventory = {
    components,
    ...(direct === undefined ? {} : { direct: direct.map(toPurl) }),
  };
  const path = findDependencyPaths(inventory)(toPurl(name));
  return path === null ? null : path.map((purl) => purl.slice(8, -6)).join(' > ');
}

const TREE = { a: ['b', 'c'], b: ['d'], c: ['b', 'e'], d: ['a'], e: ['f'], f: [], g: ['f'], h: [] };

describe('the path of dependencies to a component', () => {
  it.each([
    ['a', 'a'],
    ['d', 'a > b > d'],
    ['f', 'g > f'],
  ])('is the shortest one: %s by %s', (name, path) => {
    expect(listPath(TREE, ['a', 'g'], name)).toBe(path);
  });

  it('is unknown where no relation leads to it, or nothing says what is direct', () => {
    expect(listPath(TREE, ['a', 'g'], 'h')).toBeNull();
    expect(listPath(TREE, undefined, 'a')).toBeNull();
    expect(listPath({ a: ['x'] }, ['a', 'x'], 'x')).toBeNull();
  });

  it('ends with relations in a circle, and with 200,000 relations in a row', () => {
    const long = Object.fromEntries(
      Array.from({ length: 200_000 }, (_, at) => [`n${at}`, [`n${at + 1}`, 'n0']]),
    );
    expect(listPath(long, ['n0'], 'n199999')?.split(' > ')).toHaveLength(200_000);
  });
});
