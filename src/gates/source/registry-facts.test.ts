import { describe, expect, it } from 'vitest';
import type { DeclaredDependency } from '../../capabilities/ecosystems/index.ts';
import { dependencyFacts } from './source-facts.ts';

const dependency: DeclaredDependency = {
  ecosystem: 'npm',
  name: 'left',
  version: '1.0.0',
  requested: '^1.0.0',
  purl: null,
  pinned: 'yes',
  why: 'locked',
  registry: 'registry.example.com/npm',
  registryFrom: 'lock',
  recorded: true,
  place: { file: 'package.json', line: 3 },
  kind: 'direct',
  development: false,
};

function registryOf(changes: Partial<DeclaredDependency>): unknown {
  const declared = { outcome: 'complete', problems: [], notLookedAt: [], found: ['npm'] } as const;
  const facts = dependencyFacts({ ...declared, dependencies: [{ ...dependency, ...changes }] });
  return Array.isArray(facts) ? facts[0]?.registry : facts;
}

describe('B10: the registry of a dependency is a fact only where the tree records it', () => {
  it('in the lock, or in the declaration itself; a part of the tree comes from none', () => {
    expect(registryOf({})).toBe('registry.example.com/npm');
    expect(registryOf({ registryFrom: 'written' })).toBe('registry.example.com/npm');
    expect(registryOf({ registryFrom: 'tree', registry: null })).toBeNull();
  });

  it('one that is only configured, or only the default, is unknown, and why is said', () => {
    const unknown = (message: RegExp) => ({
      failure: { code: 'FACT_UNKNOWN', message: expect.stringMatching(message) },
    });
    expect(registryOf({ registryFrom: 'configured' })).toMatchObject(
      unknown(/\.npmrc names registry\.example\.com\/npm/),
    );
    expect(registryOf({ registryFrom: 'default' })).toMatchObject(unknown(/only the default/));
    expect(registryOf({ registryFrom: 'default', registry: null })).toMatchObject(unknown(/no \.npmrc here names/));
    expect(registryOf({ registryFrom: 'lock', registry: null })).toMatchObject({ failure: {} });
  });
});
