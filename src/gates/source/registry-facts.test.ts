import { describe, expect, it } from 'vitest';
import type { DeclaredDependency } from '../../capabilities/ecosystems/index.ts';
import { buildDependencyFacts } from './source-facts.ts';

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

function findRegistry(changes: Partial<DeclaredDependency>): unknown {
  const declared = { outcome: 'complete', problems: [], notLookedAt: [], found: ['npm'] } as const;
  const facts = buildDependencyFacts({
    ...declared,
    dependencies: [{ ...dependency, ...changes }],
  });
  return Array.isArray(facts) ? facts[0]?.registry : facts;
}

describe('B10: the registry of a dependency is a fact only where the tree records it', () => {
  it('in the lock or in the declaration; a part of the tree comes from no registry', () => {
    expect(findRegistry({})).toBe('registry.example.com/npm');
    expect(findRegistry({ registryFrom: 'written' })).toBe('registry.example.com/npm');
    expect(findRegistry({ registryFrom: 'tree', registry: null })).toBeNull();
  });

  it('a registry that is only configured or the default is unknown, with a reason', () => {
    const unknown = (message: RegExp) => ({
      failure: { code: 'FACT_UNKNOWN', message: expect.stringMatching(message) },
    });
    expect(findRegistry({ registryFrom: 'configured' })).toMatchObject(
      unknown(/configuration here names registry\.example\.com\/npm/),
    );
    expect(findRegistry({ registryFrom: 'default' })).toMatchObject(unknown(/only the default/));
    expect(findRegistry({ registryFrom: 'default', registry: null })).toMatchObject(
      unknown(/no configuration here names/),
    );
    expect(findRegistry({ registryFrom: 'lock', registry: null })).toMatchObject({ failure: {} });
  });
});
