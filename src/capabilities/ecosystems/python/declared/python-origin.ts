import { parseRegistry } from '../../component-registry.ts';
import type { DeclaredDependency, RegistrySource } from '../../dependency.ts';
import type { LockedSource } from '../lock/python-lock.ts';
import type { NamedIndex } from '../manifest/python-manifest.ts';
import type { AddressParts } from '../requirements/address.ts';
import type { IndexOptions } from '../requirements/requirements-file.ts';
import type { PipConf } from './pip-conf.ts';

export type PythonOrigin = Pick<DeclaredDependency, 'registry' | 'registryFrom'>;

/** What the tree sets for packages whose lock or requirement names no index. */
export interface ConfiguredIndex {
  /** Null where several are asked, or an unknown one. */
  readonly registry: string | null;
  readonly from: RegistrySource;
}

export const NO_INDEX: ConfiguredIndex = { registry: null, from: 'default' };

/** pip asks every index and takes the newest version of all: then none is sure. */
export function configurePip({ index, extra }: PipConf): ConfiguredIndex {
  if (index === null && extra.length === 0) return NO_INDEX;
  const isSure = index !== null && extra.length === 0;
  return { registry: isSure ? parseRegistry(index) : null, from: 'configured' };
}

/** `--index-url` of a requirements file replaces what the machine sets; extra ones add to it. */
export function configureRequirements(
  { index, extra, hasLinks }: IndexOptions,
  around: ConfiguredIndex,
): ConfiguredIndex {
  if (index === null && extra.length === 0 && !hasLinks) return around;
  // mutant extra-index-may-be-asked-first by python-declared: condition -> index !== null
  if (index !== null && extra.length === 0 && !hasLinks)
    return { registry: parseRegistry(index), from: 'written' };
  return { registry: null, from: 'configured' };
}

/** One default index is asked for everything; any other one beside it leaves that open. */
export function configureProject(
  indexes: readonly NamedIndex[],
  around: ConfiguredIndex,
): ConfiguredIndex {
  const asked = indexes.filter(({ isExplicit }) => !isExplicit);
  const [first] = asked;
  if (first === undefined) return around;
  const isSure = asked.length === 1 && first.isDefault;
  return { registry: isSure ? parseRegistry(first.url) : null, from: 'configured' };
}

export function findLockedOrigin(source: LockedSource, around: ConfiguredIndex): PythonOrigin {
  if ('path' in source)
    return { registry: null, registryFrom: source.path === null ? 'default' : 'tree' };
  if (source.kind === 'index') {
    if (source.url === null) return { registry: around.registry, registryFrom: around.from };
    return { registry: parseRegistry(source.url), registryFrom: 'lock' };
  }
  const place = source.kind === 'git' ? parseRepository(source.url) : parseFolder(source.url);
  return { registry: place, registryFrom: 'lock' };
}

export function findWrittenOrigin({ kind, url, path }: AddressParts): PythonOrigin {
  if (kind === 'git') return { registry: parseRepository(url), registryFrom: 'written' };
  if (kind === 'archive') return { registry: parseFolder(url), registryFrom: 'written' };
  return { registry: null, registryFrom: path === null ? 'default' : 'tree' };
}

/** `git@host:owner/name` means the same as `ssh://git@host/owner/name`. */
function parseRepository(url: string): string | null {
  const short = /^(?:git\+)?(?:ssh:\/\/)?git@([^/:]+):(?!\d+\/)(.+)$/.exec(url);
  const whole = short === null ? url : `ssh://${short[1]}/${short[2]}`;
  return parseRegistry(whole)?.replace(/\.git$/, '') ?? null;
}

/** The folder that holds an archive. */
function parseFolder(url: string): string | null {
  const place = parseRegistry(url.split(/[?#]/, 1)[0] ?? '');
  return place?.includes('/') ? place.slice(0, place.lastIndexOf('/')) : place;
}
