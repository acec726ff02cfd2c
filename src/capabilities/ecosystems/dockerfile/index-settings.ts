import { parseRegistry } from '../component-registry.ts';
import type { DeclaredDependency } from '../dependency.ts';
import type { ArgumentDefaults } from './build-arguments.ts';

/** Variables that name the registry of an ecosystem: the first one that is set counts. */
const VARIABLES: ReadonlyMap<string, readonly string[]> = new Map([
  ['pypi', ['PIP_INDEX_URL', 'UV_DEFAULT_INDEX', 'UV_INDEX_URL']],
  ['npm', ['NPM_CONFIG_REGISTRY', 'YARN_NPM_REGISTRY_SERVER', 'YARN_REGISTRY']],
  ['golang', ['GOPROXY']],
]);
const NAMES = new Set([...VARIABLES.values()].flat());
/** Other registries of pip and uv, wherever the file sets them: an address is not the only one. */
const MORE_INDEXES =
  /\b(?:(?:PIP|UV)_(?:EXTRA_INDEX_URL|FIND_LINKS)|UV_INDEX)\b|\bglobal\.(?:extra-index-url|find-links)\b/;
const SCOPES = /@[\w.-]{1,214}:registry\b/;

type Origin = Pick<DeclaredDependency, 'registry' | 'registryFrom'>;

/**
 * Adds to `values` what the commands of one instruction set: `export NAME=ADDRESS`, and `config
 * set` of npm, yarn and pip. A later instruction sees only some: never more than a hint.
 */
export function collectSettings(values: Map<string, string | null>, text: string): void {
  for (const [, name = '', value = ''] of text.matchAll(/\b(\w{5,40})=["']?([^\s"';&]{1,2000})/g))
    if (NAMES.has(name.toUpperCase())) values.set(name, value);
  for (const [, key, value = ''] of text.matchAll(
    /\bconfig set (?:-{1,2}\w+ )?(global\.index-url|registry|npmRegistryServer)[ =]["']?([^\s"';&]{1,2000})/g,
  ))
    values.set(key === 'global.index-url' ? 'PIP_INDEX_URL' : 'NPM_CONFIG_REGISTRY', value);
}

/** Where a package would come from whose command names no registry; the base image may differ. */
export function findConfiguredOrigin(ecosystem: string, values: ArgumentDefaults): Origin {
  // npm takes its variables in any case, and people write them in one of two.
  const names = VARIABLES.get(ecosystem) ?? [];
  const value = names.flatMap(
    (name) => values.get(name) ?? values.get(name.toLowerCase()) ?? [],
  )[0];
  if (value === undefined) return { registry: null, registryFrom: 'default' };
  // A proxy of Go behind the first is asked where that one fails.
  return { registry: parseRegistry(value.split(/[,|]/, 1)[0] ?? ''), registryFrom: 'configured' };
}

/** Which registries a file sets that are asked as well, whatever a command names. */
export interface OtherIndexes {
  readonly pypi: boolean;
  /** Of scopes, as `@shop:registry`. */
  readonly npmScopes: boolean;
}

export function findOtherIndexes(source: string): OtherIndexes {
  return { pypi: MORE_INDEXES.test(source), npmScopes: SCOPES.test(source) };
}

/** Whether another registry may be asked for a package of this name. */
export function hasOtherIndex(others: OtherIndexes, ecosystem: string, name: string): boolean {
  return ecosystem === 'pypi'
    ? others.pypi
    : ecosystem === 'npm' && name.startsWith('@') && others.npmScopes;
}
