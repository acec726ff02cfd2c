import { describe, expect, it } from 'vitest';
import type { Purl } from '../../core/purl.ts';
import type { Component } from '../ecosystems/index.ts';
import { findDependencyPaths, listDependencyPaths } from './dependency-path.ts';

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

describe('the ways by which a component comes in', () => {
  const list = (direct: readonly string[] | undefined, name: string, pathsMax = 10) => {
    const components = Object.entries(TREE).map(
      ([own, needs]) =>
        ({ purl: toPurl(own), dependsOn: needs.map(toPurl) }) as unknown as Component,
    );
    const named = direct === undefined ? {} : { direct: direct.map(toPurl) };
    const found = listDependencyPaths({ components, ...named }, toPurl(name), pathsMax);
    const paths = found.paths.map((path) => path.map((purl) => purl.slice(8, -6)).join(' > '));
    return [found.from, ...paths, found.more];
  };

  it.each([
    ['f', ['a', 'g'], 10, ['direct', 'g > f', 'a > c > e > f', 0]],
    ['f', ['a', 'g'], 1, ['direct', 'g > f', 1]],
    ['f', undefined, 10, ['not-required', 'g > f', 0]],
    ['a', ['a'], 10, ['direct', 'a', 0]],
    ['h', ['a'], 10, ['direct', 0]],
    ['b', ['c', 'a', 'd'], 10, ['direct', 'c > b', 'a > b', 'd > a > b', 0]],
  ] as const)('to %s from %s, %s at most', (name, direct, pathsMax, expected) => {
    expect(list(direct, name, pathsMax)).toEqual(expected);
  });
});
